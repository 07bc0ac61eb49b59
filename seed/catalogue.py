# ruff: noqa: E501 - a table reads best with a line for each row
"""What the invented company sells, and against whom."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .dataset import Row


@dataclass(frozen=True)
class Offer:
    """A product with its list price in CNY and the projects in which it is sold: (Chinese, English) names."""

    sku: str
    zh: str
    en: str
    category: str
    unit: str
    price: int
    projects: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The bilingual name."""
        return f"{self.zh} {self.en}"


OFFERS = (
    Offer("SW-CRM-STD", "客户管理标准版", "CRM Standard", "software", "用户/年", 1800, (("客户管理系统建设", "CRM roll-out"), ("销售过程管理", "Sales process management"))),
    Offer("SW-CRM-ENT", "客户管理企业版", "CRM Enterprise", "software", "用户/年", 3600, (("集团客户管理平台", "Group CRM platform"), ("渠道伙伴管理", "Partner management"))),
    Offer("SW-ERP-MFG", "制造执行套件", "Manufacturing Suite", "software", "套", 280000, (("车间数字化改造", "Shop floor digitisation"), ("生产排程优化", "Production scheduling"))),
    Offer("SW-WMS", "仓储管理系统", "Warehouse Management", "software", "套", 160000, (("立体仓库管理", "Warehouse automation"), ("冷链追踪", "Cold-chain tracking"))),
    Offer("SW-BI", "经营分析平台", "Business Analytics", "software", "套", 120000, (("经营驾驶舱", "Management cockpit"), ("门店数据分析", "Store analytics"))),
    Offer("SW-DMS", "档案数字化系统", "Document Archive", "software", "套", 88000, (("档案数字化", "Document archive"), ("合同电子化管理", "Contract archive"))),
    Offer("SW-QMS", "智能质检系统", "Visual Inspection", "software", "套", 210000, (("智能质检", "Visual inspection"), ("来料检验系统", "Incoming inspection"))),
    Offer("CL-HOST", "专属云主机", "Dedicated Cloud Host", "cloud", "台/月", 2600, (("业务系统上云", "Move to the cloud"), ("专属云扩容", "Cloud extension"))),
    Offer("CL-BACKUP", "云端备份服务", "Cloud Backup", "cloud", "TB/月", 450, (("异地容灾备份", "Off-site backup"), ("数据备份续约", "Backup renewal"))),
    Offer("CL-DATA", "数据中台", "Data Platform", "cloud", "套/年", 360000, (("数据中台建设", "Data platform"), ("主数据治理", "Master data project"))),
    Offer("CL-IOT", "物联网接入平台", "IoT Gateway Platform", "cloud", "套/年", 150000, (("设备联网", "Connected machines"), ("能耗监测", "Energy monitoring"))),
    Offer("HW-SRV-2U", "机架服务器", "Rack Server 2U", "hardware", "台", 46000, (("机房服务器更新", "Server renewal"), ("算力集群采购", "Compute cluster"))),
    Offer("HW-STO", "存储阵列", "Storage Array", "hardware", "台", 185000, (("核心存储升级", "Storage upgrade"), ("影像存储扩容", "Image storage"))),
    Offer("HW-NET", "园区网络设备", "Campus Network Kit", "hardware", "套", 68000, (("园区网络改造", "Campus network"), ("新办公楼网络", "Network for the new office"))),
    Offer("HW-TERM", "移动扫码终端", "Handheld Terminal", "hardware", "台", 2900, (("移动盘点终端", "Handheld terminals"), ("配送终端换代", "Delivery terminals"))),
    Offer("SV-IMPL", "实施服务", "Implementation", "service", "人天", 2800, (("系统实施二期", "Implementation, phase two"), ("系统集成", "System integration"))),
    Offer("SV-OPS", "驻场运维", "On-site Operations", "service", "人月", 32000, (("年度运维服务", "Annual operations"), ("驻场运维续约", "Operations renewal"))),
    Offer("SV-SEC", "等保测评与加固", "Security Hardening", "service", "次", 75000, (("等级保护整改", "Security hardening"), ("安全巡检服务", "Security review"))),
    Offer("SV-MIG", "数据迁移服务", "Data Migration", "service", "次", 58000, (("历史数据迁移", "Data migration"), ("旧系统替换", "Legacy replacement"))),
    Offer("TR-ADMIN", "管理员培训", "Administrator Training", "training", "场", 12000, (("管理员培训", "Administrator training"),)),
    Offer("TR-SALES", "销售方法培训", "Sales Method Workshop", "training", "场", 18000, (("销售团队训练营", "Sales workshop"),)),
)  # fmt: skip
RETIRED = frozenset({"HW-TERM"})

COMPETITORS = (  # key, name, threat, strengths, weaknesses
    ("lingxu", "凌序软件", "high", "价格低，渠道覆盖广", "实施团队流动大，二次开发慢"),
    ("beichen", "北辰数科", "high", "政府与金融案例多", "产品线复杂，交付周期长"),
    ("hanfeng", "瀚沣云", "medium", "云资源成本低", "缺少行业应用，服务响应慢"),
    ("qizhi", "启智信息", "medium", "制造业经验丰富", "移动端体验差"),
    ("yunfan", "云梵科技", "low", "界面新颖，上手快", "缺少权限与审计能力"),
    ("northgate", "Northgate CRM", "medium", "Strong brand abroad, many integrations", "Expensive, weak Chinese support"),
    ("fernwood", "Fernwood Systems", "low", "Good analytics", "No local data centre"),
    ("opalline", "Opalline Cloud", "medium", "Fast roll-out, flexible contracts", "Little for manufacturing"),
)  # fmt: skip


def tax_rate(offer: Offer) -> Decimal:
    """The rate of VAT in percent."""
    return Decimal(13 if offer.category == "hardware" else 6)


def build_products() -> tuple[Row, ...]:
    """The products; cost is a share of the price by category."""
    share = {"software": "0.28", "cloud": "0.46", "hardware": "0.78", "service": "0.62", "training": "0.40"}
    return tuple(
        Row(
            offer.sku.lower(),
            {
                "sku": offer.sku,
                "name": offer.name,
                "category": offer.category,
                "unit": offer.unit,
                "price": Decimal(offer.price),
                "cost": (Decimal(offer.price) * Decimal(share[offer.category])).quantize(Decimal("0.01")),
                "tax_rate": tax_rate(offer),
                "active": offer.sku not in RETIRED,
                "description": f"{offer.zh}，按“{offer.unit}”计价。 {offer.en}.",
            },
        )
        for offer in OFFERS
    )


def build_competitors() -> tuple[Row, ...]:
    """The competitors."""
    return tuple(
        Row(
            key,
            {
                "name": name,
                "website": f"https://www.{key}.example",
                "threat": threat,
                "strengths": strengths,
                "weaknesses": weaknesses,
            },
        )
        for key, name, threat, strengths, weaknesses in COMPETITORS
    )
