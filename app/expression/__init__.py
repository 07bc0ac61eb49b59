"""The expression language: parse, check, run in Python. Pure; other engines read its typed tree."""

from app.definition.attributes import Profile
from app.expression.checked import Checked, check_expression, get_expression
from app.expression.context import Context
from app.expression.node import Aggregate, Node, to_json
from app.expression.problem import BadExpression, Problem
from app.expression.types import BOOL, Type, type_of_field

__all__ = [
    "BOOL",
    "Aggregate",
    "BadExpression",
    "Checked",
    "Context",
    "Node",
    "Problem",
    "Profile",
    "Type",
    "check_expression",
    "get_expression",
    "to_json",
    "type_of_field",
]
