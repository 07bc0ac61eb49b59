# ruff: noqa: E501 - a table reads best with a line for each row
"""Words from which invented firms, people and addresses are put together. None of them is meant to be a real one."""

from __future__ import annotations

# Characters of brand names with their pinyin.
BRAND_FIRST = (
    ("澜", "lan"), ("砚", "yan"), ("栖", "qi"), ("朔", "shuo"), ("岚", "lan"), ("沐", "mu"), ("璟", "jing"), ("翎", "ling"),
    ("霁", "ji"), ("筱", "xiao"), ("泓", "hong"), ("颂", "song"), ("屿", "yu"), ("柏", "bai"), ("昀", "yun"), ("珩", "heng"),
    ("煦", "xu"), ("蔚", "wei"), ("禾", "he"), ("望", "wang"), ("临", "lin"), ("云", "yun"), ("启", "qi"), ("远", "yuan"),
)  # fmt: skip
BRAND_SECOND = (
    ("屿", "yu"), ("川", "chuan"), ("澄", "cheng"), ("禾", "he"), ("桉", "an"), ("辰", "chen"), ("拓", "tuo"), ("曦", "xi"),
    ("衡", "heng"), ("舟", "zhou"), ("序", "xu"), ("格", "ge"), ("渡", "du"), ("筑", "zhu"), ("岸", "an"), ("麓", "lu"),
    ("榕", "rong"), ("汀", "ting"), ("域", "yu"), ("朗", "lang"), ("维", "wei"), ("塬", "yuan"), ("栎", "li"), ("帆", "fan"),
)  # fmt: skip

# region -> cities: name, pinyin, area code of the phone, district code of the credit code
CITIES = {
    "east": (
        ("上海", "shanghai", "21", "310115"), ("苏州", "suzhou", "512", "320505"), ("杭州", "hangzhou", "571", "330108"),
        ("南京", "nanjing", "25", "320106"), ("宁波", "ningbo", "574", "330203"), ("合肥", "hefei", "551", "340104"),
        ("无锡", "wuxi", "510", "320214"),
    ),
    "north": (
        ("北京", "beijing", "10", "110108"), ("天津", "tianjin", "22", "120104"), ("青岛", "qingdao", "532", "370202"),
        ("济南", "jinan", "531", "370102"), ("石家庄", "shijiazhuang", "311", "130104"),
    ),
    "south": (
        ("深圳", "shenzhen", "755", "440305"), ("广州", "guangzhou", "20", "440106"), ("东莞", "dongguan", "769", "441900"),
        ("佛山", "foshan", "757", "440604"), ("中山", "zhongshan", "760", "442000"),
    ),
    "west": (
        ("成都", "chengdu", "28", "510107"), ("重庆", "chongqing", "23", "500112"), ("西安", "xian", "29", "610113"),
        ("昆明", "kunming", "871", "530102"), ("贵阳", "guiyang", "851", "520115"),
    ),
}  # fmt: skip
ROADS = ("澄湖路", "望溪路", "栖霞大道", "科创三路", "云栈路", "石桥街", "临江东路", "松风路", "启航大道", "梧桐街", "青禾路", "远山路")  # fmt: skip
BUILDINGS = ("", "", "", "A座", "3号楼", "东塔", "创新中心", "科技园B区")

# industry -> (Chinese trades, English trades)
TRADES = {
    "manufacturing": (("精密机械", "电子", "智能装备", "新材料", "汽车零部件", "仪器仪表"), ("Precision", "Tooling", "Instruments", "Motion Systems")),
    "finance": (("融资租赁", "资产管理", "保险代理", "供应链金融"), ("Leasing", "Capital Partners", "Insurance Brokers")),
    "education": (("教育科技", "职业培训学校", "国际学校"), ("Learning", "Academy", "Schools Trust")),
    "internet": (("网络科技", "信息技术", "软件", "数字科技", "数据服务"), ("Software", "Digital", "Data Services", "Networks")),
    "retail": (("连锁超市", "商贸", "家居", "便利店管理"), ("Retail", "Home Stores", "Outfitters")),
    "government": (("高新区管理委员会", "政务服务中心", "城市运行中心"), ("City Council", "Regional Agency")),
    "healthcare": (("医疗器械", "口腔医院", "生物医药", "健康管理"), ("Medical Devices", "Clinics", "Biotech")),
    "logistics": (("冷链物流", "国际货运代理", "供应链管理", "仓储"), ("Logistics", "Freight Forwarding", "Cold Chain")),
    "construction": (("建筑工程", "装饰设计", "幕墙工程"), ("Construction", "Interiors", "Civil Works")),
    "energy": (("新能源", "环保科技", "热力", "光伏科技"), ("Renewables", "Water Utilities", "Grid Services")),
    "hospitality": (("酒店管理", "餐饮管理", "文化旅游"), ("Hotels", "Catering", "Resorts")),
    "services": (("企业管理咨询", "人力资源服务", "会展服务", "知识产权代理"), ("Consulting", "Facility Services", "Staffing")),
    "agriculture": (("生态农业", "食品", "种业"), ("Foods", "Orchards", "Agritech")),
}  # fmt: skip
INDUSTRY_WEIGHTS = {
    "manufacturing": 22, "internet": 14, "retail": 10, "finance": 8, "healthcare": 8, "logistics": 8, "education": 6,
    "energy": 6, "services": 6, "construction": 4, "hospitality": 4, "government": 2, "agriculture": 2,
}  # fmt: skip

ENGLISH_FIRST = (
    "Harrow", "North", "Bright", "Ash", "Alder", "Elm", "Kings", "Lark", "Wren", "Thorn", "Oak", "Silver", "Stone", "West",
    "Marsh", "Glen", "Fern", "Clear", "Birch", "Hazel", "Rook", "Sea", "Summer", "Winter",
)  # fmt: skip
ENGLISH_SECOND = (
    "mere", "water", "field", "gate", "ford", "wick", "bourne", "combe", "haven", "holm", "ridge", "stead", "vale", "well",
    "moor", "bridge", "cliff", "croft", "dale", "hurst",
)  # fmt: skip
ENGLISH_PLACES = (  # city, ending of its streets, form of company, beginning of a phone number, how many digits follow
    ("London", "Street", "Ltd", "+442079460", 3),
    ("Manchester", "Road", "Ltd", "+441614960", 3),
    ("Singapore", "Avenue", "Pte Ltd", "+6565550", 3),
    ("Washington", "Avenue NW", "Inc", "+120255501", 2),
    ("Seattle", "Avenue", "Inc", "+120655501", 2),
)
COUNTRIES = {"London": "GB", "Manchester": "GB", "Singapore": "SG", "Washington": "US", "Seattle": "US"}
ENGLISH_STREETS = ("Mill", "Harbour", "Chapel", "Orchard", "Station", "Meadow", "Foundry", "Garden")

SURNAMES = (
    ("李", "li"), ("王", "wang"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("赵", "zhao"), ("黄", "huang"),
    ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("胡", "hu"), ("朱", "zhu"), ("高", "gao"), ("林", "lin"),
    ("何", "he"), ("郭", "guo"), ("马", "ma"), ("罗", "luo"), ("梁", "liang"), ("宋", "song"), ("郑", "zheng"), ("谢", "xie"),
    ("韩", "han"), ("唐", "tang"), ("冯", "feng"), ("于", "yu"), ("董", "dong"), ("萧", "xiao"), ("程", "cheng"), ("曹", "cao"),
    ("袁", "yuan"), ("邓", "deng"), ("许", "xu"), ("傅", "fu"), ("沈", "shen"), ("欧阳", "ouyang"),
)  # fmt: skip
GIVEN_NAMES = (
    ("建国", "jianguo"), ("雨桐", "yutong"), ("浩然", "haoran"), ("思远", "siyuan"), ("静怡", "jingyi"), ("文博", "wenbo"),
    ("欣妍", "xinyan"), ("志强", "zhiqiang"), ("晓燕", "xiaoyan"), ("俊杰", "junjie"), ("婉清", "wanqing"), ("天佑", "tianyou"),
    ("梦洁", "mengjie"), ("国栋", "guodong"), ("雪梅", "xuemei"), ("宇航", "yuhang"), ("佳琪", "jiaqi"), ("振华", "zhenhua"),
    ("丽娜", "lina"), ("明轩", "mingxuan"), ("诗涵", "shihan"), ("海涛", "haitao"), ("慧敏", "huimin"), ("立新", "lixin"),
    ("若曦", "ruoxi"), ("永康", "yongkang"), ("秋月", "qiuyue"), ("伟", "wei"), ("磊", "lei"), ("芳", "fang"), ("敏", "min"),
    ("涛", "tao"), ("娟", "juan"), ("超", "chao"), ("霞", "xia"), ("鹏", "peng"), ("雷", "lei"), ("颖", "ying"),
)  # fmt: skip
ENGLISH_GIVEN = (
    "Alice", "Benjamin", "Charlotte", "Daniel", "Eleanor", "Felix", "Grace", "Henry", "Isabel", "James", "Kate", "Laura",
    "Marcus", "Nora", "Owen", "Patricia", "Quentin", "Rachel", "Samuel", "Teresa", "Victor", "Wendy",
)  # fmt: skip
ENGLISH_SURNAMES = (
    "Abbott", "Barrow", "Carver", "Dawson", "Ellery", "Fairfax", "Garland", "Holloway", "Ingram", "Jarvis", "Kendall", "Lowell",
    "Marlow", "Norwood", "Osborne", "Prescott", "Quincy", "Ramsey", "Sheldon", "Thatcher", "Underhill", "Winslow",
)  # fmt: skip

# Positions: Chinese, English, their department in Chinese and English, role in buying, influence.
POSITIONS = (
    ("总经理", "Managing director", "总经办", "Management", "decider", "high"),
    ("信息总监", "Chief information officer", "信息中心", "IT", "decider", "high"),
    ("财务总监", "Finance director", "财务部", "Finance", "approver", "high"),
    ("采购经理", "Purchasing manager", "采购部", "Purchasing", "influencer", "medium"),
    ("技术经理", "Technical manager", "技术部", "Engineering", "influencer", "medium"),
    ("运营主管", "Head of operations", "运营部", "Operations", "user", "medium"),
    ("项目专员", "Project officer", "项目部", "Projects", "user", "low"),
    ("行政助理", "Office assistant", "行政部", "Administration", None, "low"),
)
