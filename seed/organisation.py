"""The company of the demonstration: departments, teams and twenty people."""

from __future__ import annotations

from dataclasses import dataclass

from .dataset import Amendment, Person, Row

MAIL_DOMAIN = "tenon.example"


@dataclass(frozen=True)
class Staff:
    """Who someone is; `login` is the key as well."""

    login: str
    name: str
    title: str
    role: str
    department: str
    team: str | None
    manager: str | None
    locale: str = "zh"


DEPARTMENTS = (  # key, name, part of, head
    ("company", "榫卯科技 Tenon", None, "qin.zhiyuan"),
    ("sales", "销售部 Sales", "company", "zhou.haining"),
    ("sales_east", "华东销售部 East Sales", "sales", "shen.ruolan"),
    ("sales_north", "华北销售部 North Sales", "sales", "david.harper"),
    ("sales_south", "华南与西部销售部 South and West Sales", "sales", "liang.jiaming"),
    ("service", "客服部 Customer Service", "company", "tang.yuqing"),
    ("marketing", "市场部 Marketing", "company", "sophie.lambert"),
    ("finance", "财务部 Finance", "company", "xu.jingwen"),
    ("internal_audit", "审计部 Internal Audit", "company", "gao.mingde"),
    ("technology", "信息技术部 IT", "company", "chen.li"),
)

TEAMS = (  # key, name, lead, description
    ("east", "华东团队 Team East", "shen.ruolan", "上海、江苏、浙江 · Shanghai, Jiangsu, Zhejiang"),
    ("north", "华北团队 Team North", "david.harper", "北京、天津、山东 · Beijing, Tianjin, Shandong"),
    ("south", "华南西部团队 Team South and West", "liang.jiaming", "广东、四川、海外 · Guangdong, Sichuan, overseas"),
)

STAFF = (
    Staff("qin.zhiyuan", "秦致远", "总经理 General manager", "employee", "company", None, None),
    Staff("chen.li", "陈立", "系统管理员 System administrator", "administrator", "technology", None, "qin.zhiyuan"),
    Staff("zhou.haining", "周海宁", "销售总监 Sales director", "sales_director", "sales", None, "qin.zhiyuan"),
    Staff("shen.ruolan", "沈若岚", "华东销售经理 Sales manager", "sales_manager", "sales_east", "east", "zhou.haining"),
    Staff("li.wen", "李雯", "销售代表 Sales representative", "sales_rep", "sales_east", "east", "shen.ruolan"),
    Staff("jiang.boyan", "江博言", "销售代表 Sales representative", "sales_rep", "sales_east", "east", "shen.ruolan"),
    Staff("emma.clarke", "Emma Clarke", "Sales representative", "sales_rep", "sales_east", "east", "shen.ruolan", "en"),
    Staff("david.harper", "David Harper", "Sales manager", "sales_manager", "sales_north", "north", "zhou.haining", "en"),
    Staff("wang.ziqi", "王子琪", "销售代表 Sales representative", "sales_rep", "sales_north", "north", "david.harper"),
    Staff("zhao.yiming", "赵一鸣", "销售代表 Sales representative", "sales_rep", "sales_north", "north", "david.harper"),
    Staff("oliver.brandt", "Oliver Brandt", "Sales representative", "sales_rep", "sales_north", "north", "david.harper", "en"),
    Staff("liang.jiaming", "梁嘉明", "华南销售经理 Sales manager", "sales_manager", "sales_south", "south", "zhou.haining"),
    Staff("huang.siyu", "黄思雨", "销售代表 Sales representative", "sales_rep", "sales_south", "south", "liang.jiaming"),
    Staff("luo.kaixuan", "罗凯旋", "销售代表 Sales representative", "sales_rep", "sales_south", "south", "liang.jiaming"),
    Staff("priya.nair", "Priya Nair", "Sales representative", "sales_rep", "sales_south", "south", "liang.jiaming", "en"),
    Staff("tang.yuqing", "唐雨晴", "客服专员 Service specialist", "service_agent", "service", "east", "qin.zhiyuan"),
    Staff("ma.xiaodong", "马晓东", "客服专员 Service specialist", "service_agent", "service", "north", "tang.yuqing"),
    Staff("sophie.lambert", "Sophie Lambert", "Marketing specialist", "marketing", "marketing", None, "qin.zhiyuan", "en"),
    Staff("xu.jingwen", "徐静雯", "财务主管 Finance", "finance", "finance", None, "qin.zhiyuan"),
    Staff("gao.mingde", "高明德", "审计专员 Auditor", "auditor", "internal_audit", None, "qin.zhiyuan"),
)  # fmt: skip

SELLERS = {
    team: tuple(staff.login for staff in STAFF if staff.team == team and staff.role == "sales_rep")
    for team, *_ in TEAMS
}
LEADS = {team: lead for team, _, lead, _ in TEAMS}
SERVICE = {staff.team: staff.login for staff in STAFF if staff.role == "service_agent"}
PLACE_OF = {staff.login: (staff.department, staff.team) for staff in STAFF}
SPEAKS_ENGLISH = frozenset(staff.login for staff in STAFF if staff.locale == "en")


def build_departments() -> tuple[Row, ...]:
    """The departments, without their place in the tree and their heads."""
    return tuple(Row(key, {"name": name}) for key, name, _, _ in DEPARTMENTS)


def build_teams() -> tuple[Row, ...]:
    """The teams, without their leads."""
    return tuple(Row(key, {"name": name, "description": text}) for key, name, _, text in TEAMS)


def build_people() -> tuple[Person, ...]:
    """The people, without their superiors."""
    return tuple(
        Person(
            key=staff.login,
            values={
                "name": staff.name,
                "login": staff.login,
                "email": f"{staff.login}@{MAIL_DOMAIN}",
                "mobile": f"+861330000{1000 + 37 * place:04d}",
                "title": staff.title,
                "locale": staff.locale,
                "time_zone": "Asia/Shanghai",
                "active": True,
            },
            roles=(staff.role,),
            department=staff.department,
            team=staff.team,
        )
        for place, staff in enumerate(STAFF)
    )


def build_amendments() -> tuple[Amendment, ...]:
    """The tree of departments, heads of departments, leads of teams, superiors."""
    tree = [
        Amendment("department", key, {"parent": ("department", parent) if parent else None, "manager": ("user", head)})
        for key, _, parent, head in DEPARTMENTS
    ]
    teams = [Amendment("team", key, {"manager": ("user", lead)}) for key, _, lead, _ in TEAMS]
    superiors = [
        Amendment("user", staff.login, {"manager": ("user", staff.manager)}) for staff in STAFF if staff.manager
    ]
    return (*tree, *teams, *superiors)
