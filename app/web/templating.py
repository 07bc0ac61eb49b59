"""Templates whose output is escaped at the speed of the texts, most of which hold nothing to escape."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable, MutableMapping
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from jinja2 import Template
from jinja2.runtime import Context
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.environment import TemplateModule

_WANTS_CONTEXT = "jinja_pass_arg"  # how Jinja marks a function that is given the context
_PLAIN = frozenset({FunctionType, functools._lru_cache_wrapper})  # noqa: SLF001 - what `lru_cache` makes
_SPECIAL = re.compile(r"[&<>\"']").search


def escaped(text: str) -> str:
    """The text without any character that HTML reads as its own."""
    return text if _SPECIAL(text) is None else html.escape(text)


def _escape_output(value: Any) -> str:
    """What Jinja's own `escape` gives, as plain text: only the pieces of an output pass here, and are joined."""
    kind = value.__class__
    if kind is str:
        return escaped(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    return escape(value)


class PageContext(Context):
    """What a template reads, and by which it calls: a plain function is called as it is, of which a page has a hundred.
    Jinja asks everything twice whether it wants to be given the context.
    """

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if called.__class__ not in _PLAIN or hasattr(called, _WANTS_CONTEXT):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class PageTemplate(Template):
    """A template whose compiled code escapes by `_escape_output`. What Jinja does makes a `Markup` of every piece, which
    was a tenth of a list page.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """The macros of this template. All templates have the same names to begin with, which Jinja compares at each import."""
        del ctx
        return super()._get_default_module()

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - Jinja's name
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__["escape"] = _escape_output
        return made
