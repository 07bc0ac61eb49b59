"""A small catalog for tests of pages that need no database."""

from typing import Any

from app.access import Actor

TREE: dict[str, Any] = {
    "pack": {"label": {"en": "Small", "zh": "小公司"}, "time_zone": "Asia/Shanghai"},
    "entities": {
        "account": {
            "label": {"en": "Account", "zh": "客户"},
            "plural": {"en": "Accounts", "zh": "客户"},
            "fields": {"name": {"type": "text", "required": True}},
        },
        "deal": {
            "label": {"en": "Deal", "zh": "商机"},
            "plural": {"en": "Deals", "zh": "商机"},
            "fields": {
                "name": {"type": "text", "required": True},
                "account": {"type": "lookup", "to": "account", "inverse": "deals"},
                "stage": {"type": "stage"},
                "amount": {"type": "money"},
                "closes": {"type": "date"},
                "vip": {"type": "boolean"},
            },
            "pipelines": {
                "line": {
                    "field": "stage",
                    "stages": {
                        "new": {"label": {"en": "New", "zh": "新建"}},
                        "won": {"label": {"en": "Won", "zh": "成交"}, "category": "won"},
                        "lost": {"label": {"en": "Lost", "zh": "流失"}, "category": "lost"},
                    },
                }
            },
            "list": {"columns": ["name", "stage"], "filters": ["stage", "owner", "amount", "closes", "vip", "name"]},
        },
    },
    "roles": {"administrator": {"grants": {"*": {"read": "all", "update": "all", "create": True}}}},
}
ADMINISTRATOR = Actor(1, "Ada", frozenset({"administrator"}))
