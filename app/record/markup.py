"""Markup that is safe to show: the elements and links that rich text may have, and nothing else."""

from __future__ import annotations

import re
import unicodedata

import nh3

from app.definition.composite import Html

_TAGS = """p br hr div strong b em i u s a ul ol li blockquote h2 h3 h4 code pre table thead tbody tr th td""".split()
_CELL = {"colspan", "rowspan"}
_MOST_PASSES = 6
_DEEPEST = 200  # elements in each other; a parser's work grows with the square of it
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_END_BY_THEMSELVES = frozenset("p li td th tr thead tbody br hr img input meta link".split())
_IS_MARKUP = re.compile(r"</?[a-zA-Z]")
_IS_ADDRESS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_BLANK_START_OF_PRE = re.compile(r"<pre>\n+")
_HEADINGS = ((re.compile(r"(</?)h1\b", re.IGNORECASE), r"\1h2"), (re.compile(r"(</?)h[56]\b", re.IGNORECASE), r"\1h4"))


def _kept_value(_element: str, attribute: str, value: str) -> str | None:
    """Links lead to web and mail addresses only: a relative one could name an action of ours."""
    return value if attribute != "href" or _IS_ADDRESS.match(value) else None


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    attributes={"a": {"href"}, "th": _CELL, "td": _CELL},
    attribute_filter=_kept_value,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
    clean_content_tags={"script", "style", "title", "textarea", "template", "noscript", "iframe", "svg", "math"},
    strip_comments=True,
)


def clean_markup(text: str) -> Html | None:
    """The markup without what rich text may not have; plain text becomes paragraphs. None when nothing is to be read.

    Cleaning what is clean changes nothing. Raises ValueError for markup that nests beyond measure or does
    not come to rest.
    """
    if _depth(text) > _DEEPEST:
        raise ValueError("elements too deep in each other")
    markup = text
    for heading, ours in _HEADINGS:
        markup = heading.sub(ours, markup)
    for _ in range(_MOST_PASSES):
        whole = markup if _IS_MARKUP.search(markup) else _paragraphs(markup)
        # A parser drops the first line break of <pre>: each reading would take one more.
        cleaned = _BLANK_START_OF_PRE.sub("<pre>", unicodedata.normalize("NFC", _CLEANER.clean(whole))).strip()
        if cleaned == markup:
            found = Html(cleaned)
            return found if found.plain else None
        markup = cleaned
    raise ValueError("markup that no reading leaves as it is")


def _paragraphs(text: str) -> str:
    """The lines of a text that is no markup, each a paragraph. Entities are read as such, as in markup."""
    return "".join(f"<p>{line.strip()}</p>" for line in text.splitlines() if line.strip())


def _depth(markup: str) -> int:
    """How deep elements can stand in each other, at most."""
    depth = deepest = 0
    for closing, name in _TAG.findall(markup):
        if name.lower() not in _END_BY_THEMSELVES:
            depth = max(depth + (-1 if closing else 1), 0)
            deepest = max(deepest, depth)
    return deepest
