# ruff: noqa: E501 - a table reads best with a line for each row
"""What people of the demonstration write down: needs, notes, subjects and contents, as (Chinese, English) pairs."""

from __future__ import annotations

Pair = tuple[str, str]

TAGS: tuple[Pair, ...] = (
    ("对云计算感兴趣", "Interested in cloud"),
    ("有数据中心升级需求", "Data-centre upgrade"),
    ("活跃用户", "Active user"),
    ("决策周期长", "Long decision cycle"),
    ("高意向", "High intent"),
    ("竞品客户", "Competitor's customer"),
    ("VIP客户", "VIP"),
)
PAIN_POINTS: tuple[Pair, ...] = (
    ("客户资料分散在各业务员的表格里，人员离职后无法交接。", "Customer data lives in private spreadsheets and leaves with the people."),
    ("库存与订单数据对不上，月底盘点需要三天。", "Stock and orders disagree; closing a month takes three days."),
    ("现有系统无法在手机上使用，外勤人员填报滞后。", "The present system does not work on phones; field staff report late."),
    ("集团要求数据上报，各子公司口径不一致。", "The group asks for figures that each subsidiary counts in its own way."),
    ("机房设备超过六年，故障频繁。", "The server room is over six years old and fails often."),
    ("缺少统一权限管理，审计多次提出整改。", "Access is not managed in one place; the auditors have objected twice."),
    ("售后问题靠微信群跟踪，经常遗漏。", "Service issues are followed in chat groups and get lost."),
    ("报表依赖人工汇总，决策滞后一周。", "Reports are put together by hand; decisions come a week late."),
)  # fmt: skip
PREFERENCES: tuple[Pair, ...] = (
    ("偏好本地化部署，重视数据安全。", "Prefers to run it in their own rooms; data security comes first."),
    ("决策周期长，需经集团信息部审批。", "Decides slowly; the group's IT has to approve."),
    ("注重售后响应，希望专人对接。", "Wants quick support and one person to talk to."),
    ("习惯上午沟通，方案需附案例。", "Best reached in the morning; likes proposals with references."),
    ("预算按季度释放，四季度集中采购。", "Budget is released by quarter; most is bought in the fourth."),
)
INTENTS: tuple[Pair, ...] = (
    ("意向明确，等待立项", "Clear interest, waiting for the project to be set up"),
    ("有兴趣，先做试点", "Interested, wants a pilot first"),
    ("观望，明年再议", "Waiting, to be discussed next year"),
    ("续约意向强", "Likely to renew"),
)
NOTES: tuple[Pair, ...] = (
    ("简称“{brand}”。总部搬迁中，来访请先电话确认。", "Known as {brand}. They are moving; call before visiting."),
    ("简称“{brand}”。财务每月25日统一付款。", "Known as {brand}. Payments go out on the 25th of each month."),
    ("简称“{brand}”。展会上认识，对案例很感兴趣。", "Known as {brand}. Met at the fair, keen on references."),
    ("简称“{brand}”。前期由同事接触，已完成交接。", "Known as {brand}. A colleague began, handed over since."),
)
DECISION_STAGES: tuple[Pair, ...] = (
    ("需求收集", "Gathering needs"),
    ("供应商比选", "Comparing suppliers"),
    ("内部立项", "Internal approval"),
    ("招标准备", "Preparing the tender"),
    ("合同会签", "Contract in circulation"),
)
MOTIVES: tuple[Pair, ...] = (
    ("希望在年底前上线，关注实施周期。", "Wants to be live by the end of the year; worried about the time it takes."),
    ("替换旧系统，担心数据迁移风险。", "Replaces an old system; afraid of the migration."),
    ("响应集团数字化要求，关注投资回报。", "Follows the group's digital plan; looks at the return."),
    ("降低人工成本，关注易用性。", "Wants to save manual work; it must be easy to use."),
)
NEXT_STEPS: dict[str, tuple[Pair, ...]] = {
    "contact": (("电话了解预算与需求", "Call about budget and needs"), ("预约首次拜访", "Arrange the first visit")),
    "requirement": (("整理需求清单并确认", "Write up the needs and have them confirmed"), ("安排技术交流", "Set up a technical session")),
    "proposal": (("发送修订报价", "Send the revised quote"), ("方案演示", "Demonstrate the solution")),
    "negotiation": (("确认付款条款", "Settle the payment terms"), ("跟进合同会签", "Follow the contract's signatures")),
}  # fmt: skip

# kind -> (subject, content)
SAID: dict[str, tuple[tuple[Pair, Pair], ...]] = {
    "call": (
        (("电话了解需求", "Call about their needs"), ("客户正在比较三家供应商，预算约在下月确定。", "They compare three suppliers; the budget will be set next month.")),
        (("电话回访", "Follow-up call"), ("使用情况良好，希望增加报表模板。", "All works well; they would like more report templates.")),
        (("确认演示时间", "Fixing the demonstration"), ("演示定在下周三下午，信息部和采购部参加。", "Demonstration on Wednesday afternoon with IT and purchasing.")),
        (("报价沟通", "Talk about the quote"), ("客户认可方案，仍在比较付款条件，希望首付30%。", "They accept the scope and want 30 % down payment.")),
        (("催办合同用印", "Asking for the signed contract"), ("法务已审完，等待总经理签字。", "Legal is done; the managing director has yet to sign.")),
    ),
    "visit": (
        (("首次拜访", "First visit"), ("参观车间和机房，记录了主要流程与痛点。", "Saw the shop floor and server room; wrote down processes and pains.")),
        (("现场需求调研", "Requirements on site"), ("访谈五个部门，确认核心需求十二项。", "Interviewed five departments; twelve core needs confirmed.")),
        (("高层拜访", "Visit to the management"), ("总经理表示年内必须上线，指定信息总监负责。", "The managing director wants it live this year; the CIO is in charge.")),
        (("客户关怀拜访", "Courtesy visit"), ("介绍新版本功能，客户有扩容计划。", "Showed the new version; they plan to extend.")),
    ),
    "mail": (
        (("发送产品资料", "Sent product papers"), ("已发送产品手册与同行业案例。", "Sent the brochure and a reference from their industry.")),
        (("发送方案与报价", "Sent proposal and quote"), ("方案第二版和报价单已发送，有效期30天。", "Second version of the proposal and quote sent, valid for 30 days.")),
        (("会议纪要", "Minutes"), ("发送会议纪要，请客户确认需求范围。", "Sent the minutes and asked them to confirm the scope.")),
        (("节日问候", "Season's greetings"), ("发送节日问候并预告新品发布会。", "Greetings and an invitation to the product launch.")),
    ),
    "meeting": (
        (("方案演示会", "Solution demonstration"), ("演示顺利，关注与现有财务系统的对接。", "Went well; they ask about the link to their accounting.")),
        (("商务谈判", "Negotiation"), ("价格差距5%，客户要求延长质保一年。", "Five per cent apart on price; they want another year of warranty.")),
        (("项目启动会", "Kick-off"), ("确定项目组成员与里程碑计划。", "Team and milestones agreed.")),
        (("季度回顾", "Quarterly review"), ("回顾服务情况，响应及时率98%。", "Looked back at the service: 98 % answered in time.")),
    ),
    "note": (
        (("竞品动态", "About a competitor"), ("得知竞争对手上周也做了演示，报价偏低。", "A competitor demonstrated last week, at a lower price.")),
        (("组织变动", "Change of people"), ("采购负责人即将轮岗，需要提前认识接任者。", "The head of purchasing will move on; meet the successor soon.")),
        (("内部备忘", "Memo"), ("申请技术支持配合下一轮测试。", "Asked for technical support in the next test.")),
    ),
}  # fmt: skip

# kind, subject
TODO: tuple[tuple[str, Pair], ...] = (
    ("call", ("致电确认预算", "Call about the budget")),
    ("call", ("回访使用情况", "Ask how it is going")),
    ("mail", ("发送修订报价", "Send the revised quote")),
    ("mail", ("发送同行业案例", "Send a reference from their industry")),
    ("meeting", ("准备方案演示", "Prepare the demonstration")),
    ("meeting", ("安排高层会面", "Arrange a meeting of the managements")),
    ("visit", ("现场需求调研", "Survey on site")),
    ("visit", ("季度客户拜访", "Quarterly visit")),
    ("other", ("更新客户资料", "Bring the record up to date")),
    ("other", ("整理合同附件", "Put the contract's annexes together")),
)
INTERNAL_TODO: tuple[tuple[str, Pair], ...] = (
    ("other", ("提交月度工作总结", "Hand in the monthly report")),
    ("meeting", ("准备部门周会", "Prepare the weekly meeting")),
    ("other", ("完成信息安全培训", "Finish the security training")),
    ("other", ("整理费用报销", "Sort out the expenses")),
)
