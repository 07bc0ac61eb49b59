"""Entities that every system needs. A pack that lacks one gets it in this minimal form, as plain canonical values."""

from __future__ import annotations

from typing import Any


def _text(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def builtin_entities() -> dict[str, dict[str, Any]]:
    """Canonical plain trees of `user`, `department` and `team`: a new copy at each call."""
    name = {"type": "text", "max_length": 120, "required": True, "label": _text("Name", "名称"), "searchable": True}
    manager = {"type": "user", "label": _text("Manager", "主管")}
    return {
        "user": {
            "label": _text("User", "用户"),
            "plural": _text("Users", "用户"),
            "icon": "people",
            "name_field": "name",
            "fields": {
                "name": {**name, "label": _text("Name", "姓名")},
                "login": {
                    "type": "text",
                    "max_length": 120,
                    "required": True,
                    "unique": True,
                    "label": _text("Login", "登录名"),
                },
                "email": {"type": "email", "label": _text("E-mail", "邮箱")},
                "manager": dict(manager),
                "locale": {
                    "type": "picklist",
                    "label": _text("Language", "语言"),
                    "options": {"en": {"label": _text("English", "英语")}, "zh": {"label": _text("Chinese", "中文")}},
                },
                "time_zone": {"type": "text", "max_length": 60, "label": _text("Time zone", "时区")},
                "active": {"type": "boolean", "default": True, "label": _text("Active", "启用")},
            },
        },
        "department": {
            "label": _text("Department", "部门"),
            "plural": _text("Departments", "部门"),
            "name_field": "name",
            "fields": {
                "name": dict(name),
                "parent": {
                    "type": "lookup",
                    "to": "department",
                    "inverse": "children",
                    "label": _text("Parent department", "上级部门"),
                },
                "manager": dict(manager),
            },
        },
        "team": {
            "label": _text("Team", "团队"),
            "plural": _text("Teams", "团队"),
            "name_field": "name",
            "fields": {"name": dict(name), "manager": dict(manager)},
        },
    }


REQUIRED_FIELDS: dict[str, tuple[str, ...]] = {
    "user": ("name", "login", "email", "manager", "locale", "time_zone", "active"),
    "department": ("name", "parent", "manager"),
    "team": ("name", "manager"),
}
