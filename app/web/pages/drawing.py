"""Cells as HTML. A list draws hundreds of them: a function does that in a fraction of the time that a macro takes.

Whatever comes from a record is escaped here, at the place where it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from app.record.markup import clean_markup
from app.web.i18n import t
from app.web.pages.cells import Cell
from app.web.templating import escaped

if TYPE_CHECKING:
    from app.web.pages.rows import Head, ListRow

MANY = 3  # of a list that a table shows
SHORT, LONG = 120, 400  # characters of a long text in a table, and in the tip above it


def shown(cell: Cell, cut: bool = True) -> Markup:  # noqa: FBT001, FBT002 - templates say `cut=false`
    """One value. In a table texts are cut (the whole one is in `title`), on a record they wrap."""
    return Markup((_CUT if cut else _WHOLE)[cell.kind](cell))  # noqa: S704 - escaped where it is written


def list_rows(rows: Iterable[ListRow], heads: Iterable[Head], base: str, *, pick: bool) -> Markup:
    """The rows of a list; the name leads to the record. `base` is the address of the list; `pick`: each has a box."""
    place = escaped(base)
    columns = [(head.name, f' class="{head.style}"{" data-edit" if head.edit else ""}>') for head in heads]
    parts: list[str] = []
    for row in rows:
        parts.append(f'\n<tr data-id="{row.id}" data-version="{row.version}">')
        if pick:
            box = f'<input class="box" type="checkbox" name="id" value="{row.id}" aria-label="{escaped(row.pick)}">'
            parts.append(f'<td class="is-pick a-pick">{box}</td>')
        for cell, (is_name, opening) in zip(row.cells, columns, strict=True):
            if is_name:
                text = escaped(cell.text)
                link = f'<a class="cut name" href="{place}{row.id}" title="{text}">{text}</a>{_over(cell)}'
                parts.append(f'<th scope="row"{opening}{link}</th>')
            else:
                parts.append(f"<td{opening}{_cut(cell)}</td>")
        parts.append("</tr>")
    return Markup("".join(parts))  # noqa: S704 - as above


def table_cells(cells: Sequence[Cell], heads: Sequence[tuple[str, bool]], href: str) -> Markup:
    """The cells of a row of a small table; the first leads to the record. Heads are (label, whether a number)."""
    parts = [
        f'<th scope="row"><a class="cut name" href="{escaped(href)}">{escaped(cells[0].text)}</a>{_over(cells[0])}</th>'
    ]
    for cell, (_label, number) in zip(cells[1:], heads[1:], strict=True):
        style = ' class="is-num"' if number else ""
        parts.append(f"<td{style}>{_cut(cell)}</td>")
    return Markup("".join(parts))  # noqa: S704 - as above


def _cut(cell: Cell) -> str:
    """A value in a table, behind which stands that it is overruled."""
    drawn = _CUT[cell.kind](cell)
    return f'<div class="cell cell--over">{drawn}{_over(cell)}</div>' if cell.over else drawn


def _over(cell: Cell) -> str:
    if not cell.over:
        return ""
    said = escaped(cell.over)
    return f'<span class="over" title="{said}">{_ICONS["over"]}<span class="vh">{said}</span></span>'


def icon(name: str, sprite: str, *, small: bool = True) -> str:
    """An icon of the sprite at that address."""
    size = " icon--s" if small else ""
    return f'<svg class="icon{size}" aria-hidden="true"><use href="{escaped(sprite)}#{escaped(name)}"/></svg>'


def install(sprite: str) -> Mapping[str, Callable[..., Markup]]:
    """What templates draw with. `sprite` is the address of the icons."""
    check = icon("check", sprite)
    _ICONS["over"] = icon("edit", sprite)
    for drawers in (_CUT, _WHOLE):
        drawers["yes"] = lambda cell: f'<span class="mark-yes">{check}{escaped(cell.text)}</span>'
    paper = icon("file", sprite)
    _CUT["files"] = lambda cell: _first_file(cell, paper)
    _WHOLE["files"] = lambda cell: _every_file(cell, paper)

    @lru_cache(maxsize=1_000)
    def drawn_icon(name: str, small: bool = False) -> Markup:  # noqa: FBT001, FBT002 - templates say `true`
        return Markup(icon(name, sprite, small=small))  # noqa: S704 - escaped where it is written

    return {"shown": shown, "list_rows": list_rows, "table_cells": table_cells, "drawn_icon": drawn_icon}


def _first_file(cell: Cell, paper: str) -> str:
    """In a table: the first file, and how many more there are."""
    first, *others = cell.items
    more = f'<span class="muted" title="{escaped(cell.text)}">+{len(others)}</span>' if others else ""
    return f'<span class="cell">{_file(first, paper)}{more}</span>'


def _every_file(cell: Cell, paper: str) -> str:
    files = "".join(
        f'<li>{_file(each, paper)}<span class="muted small num">{escaped(each.title)}</span></li>'
        for each in cell.items
    )
    return f'<ul class="files">{files}</ul>'


def _file(cell: Cell, paper: str) -> str:
    """A link to a file behind its small picture, which comes when it is in sight."""
    address = escaped(cell.href)
    picture = f'<img class="file__picture" src="{address}/small" alt="" loading="lazy">' if cell.mark else paper
    name = escaped(cell.text)
    return f'<a class="file" href="{address}" title="{name} · {escaped(cell.title)}">{picture}<span class="cut">{name}</span></a>'


def _text(cell: Cell) -> str:
    tip = f' title="{escaped(cell.title)}"' if cell.title else ""
    return f'<div class="cut"{tip}>{escaped(cell.text)}</div>'


def _whole_text(cell: Cell) -> str:
    return escaped(cell.text)


def _quiet(cell: Cell) -> str:
    return f'<span class="muted">{escaped(cell.text)}</span>'


def _badge(cell: Cell) -> str:
    if cell.title:  # a stage that lasts for too long
        said = escaped(cell.title)
        return (
            f'<span class="badge badge--{cell.mark} badge--late" title="{said}">{escaped(cell.text)}'
            f'<span class="vh"> ({said})</span></span>'
        )
    return f'<span class="badge badge--{cell.mark}">{escaped(cell.text)}</span>'


def _time(cell: Cell) -> str:
    time = f'<time datetime="{escaped(cell.href)}" title="{escaped(cell.title)}">{escaped(cell.text)}</time>'
    return (
        f'<span class="late">{time} <span class="late__said">{escaped(cell.late)}</span></span>' if cell.late else time
    )


def _reference(cell: Cell) -> str:
    shape = " avatar--org" if cell.kind == "record" else ""
    avatar = f'<span class="avatar avatar--{cell.mark}{shape}" aria-hidden="true">{escaped(cell.initials)}</span>'
    text = escaped(cell.text)
    tag, link = ("a", f' href="{escaped(cell.href)}"') if cell.href else ("span", "")
    return f'<span class="cell">{avatar}<{tag} class="cut"{link} title="{text}">{text}</{tag}></span>'


def _bar(cell: Cell) -> str:
    tone = f" gauge--{cell.tone}" if cell.tone else ""
    bar = (
        f'<svg class="bar{tone}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="100" height="6"/><rect width="{cell.mark}" height="6"/></svg>'
    )
    return f'<span class="cell num">{bar}{escaped(cell.text)}{_band(cell)}</span>'


def _ring(cell: Cell) -> str:
    tone = f" gauge--{cell.tone}" if cell.tone else ""
    ring = (
        f'<svg class="ring{tone}" viewBox="0 0 36 36" aria-hidden="true"><circle cx="18" cy="18" r="14"/>'
        f'<circle cx="18" cy="18" r="14" pathLength="100" stroke-dasharray="{cell.mark} 100"/></svg>'
    )
    return f'<span class="cell num">{ring}{escaped(cell.text)}{_band(cell)}</span>'


def _band(cell: Cell) -> str:
    """The name of the range that a number lies in, so that its colour says nothing alone."""
    return f' <span class="muted small">{escaped(cell.title)}</span>' if cell.title else ""


def _link(cell: Cell, style: str = "cut out") -> str:
    away = f' title="{escaped(cell.title)}" target="_blank" rel="noreferrer noopener"' if cell.title else ""
    return f'<a class="{style}" href="{escaped(cell.href)}"{away}>{escaped(cell.text)}</a>'


def _long(cell: Cell) -> str:
    tip, text = _shortened(cell.text, LONG), _shortened(cell.text, SHORT)
    return f'<div class="cut" title="{escaped(tip)}">{escaped(text)}</div>'


def _whole_long(cell: Cell) -> str:
    return f'<div class="prose">{escaped(cell.text)}</div>'


def _many(cell: Cell) -> str:
    """The first of a list, and how many more there are."""
    more = len(cell.items) - MANY
    rest = f'<span class="muted small">+{more}</span>' if more > 0 else ""
    return f'<span class="many many--cut" title="{escaped(cell.text)}">{"".join(map(_item, cell.items[:MANY]))}{rest}</span>'


def _whole_many(cell: Cell) -> str:
    items = "".join(f"<li>{_item(each)}{_said(each)}</li>" for each in cell.items)
    return f'<ul class="many">{items}</ul>'


def _item(cell: Cell) -> str:
    if cell.kind == "text":
        return f'<span class="chip chip--plain">{escaped(cell.text)}</span>'
    return _CUT[cell.kind](cell)


def _said(cell: Cell) -> str:
    """What is said of a link."""
    return f'<span class="muted small">{escaped(cell.title)}</span>' if cell.title else ""


def _whole_rich(cell: Cell) -> str:
    """Cleaned when it was written, and again here: what stands in the database is not trusted either."""
    try:
        return f'<div class="rich">{clean_markup(cell.title) or ""}</div>'
    except ValueError:
        return _whole_long(cell)


def _stars(cell: Cell) -> str:
    said = escaped(cell.title)
    return f'<span class="stars" role="img" aria-label="{said}" title="{said}">{escaped(cell.text)}</span>'


def _swatch(cell: Cell) -> str:
    color = escaped(cell.text)
    square = (
        f'<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="{color}"/></svg>'
    )
    return f'<span class="cell">{square}<span class="num">{color}</span></span>'


def _code(cell: Cell) -> str:
    tip, text = _shortened(cell.title, LONG), _shortened(cell.text, SHORT)
    return f'<code class="cut" title="{escaped(tip)}">{escaped(text)}</code>'


def _whole_code(cell: Cell) -> str:
    return f'<pre class="code" tabindex="0">{escaped(cell.title)}</pre>'


def _lines(cell: Cell) -> str:
    return f'<div class="cut" title="{escaped(cell.title)}">{escaped(cell.text)}</div>'


def _whole_lines(cell: Cell) -> str:
    return f'<div class="prose">{escaped(cell.title)}</div>'


def _mask(cell: Cell) -> str:
    return f'<span class="masked" title="{escaped(t("cell.masked"))}">{escaped(cell.text)}</span>'


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _money(cell: Cell) -> str:
    return f'<div class="cut" title="{escaped(cell.text)}">{escaped(cell.title)}</div>'


def _whole_money(cell: Cell) -> str:
    return f'<span class="num">{escaped(cell.text)}</span> <span class="small muted num in-company">= {escaped(cell.title)}</span>'


_ICONS = {"over": ""}  # drawn as soon as `install` knows where the icons are
_CUT: dict[str, Callable[[Cell], str]] = {
    "text": _text,
    "blank": _quiet,
    "badge": _badge,
    "time": _time,
    "person": _reference,
    "record": _reference,
    "bar": _bar,
    "ring": _ring,
    "yes": _quiet,  # with its icon as soon as `install` knows where that is
    "no": _quiet,
    "link": _link,
    "long": _long,
    "rich": _long,
    "stars": _stars,
    "swatch": _swatch,
    "code": _code,
    "lines": _lines,
    "mask": _mask,
    "money": _money,
    "restricted": _quiet,
    "files": _text,  # drawn as soon as `install` knows where the icons are
    "many": _many,
}
_WHOLE = {
    **_CUT,
    "text": _whole_text,
    "money": _whole_money,
    "long": _whole_long,
    "many": _whole_many,
    "rich": _whole_rich,
    "code": _whole_code,
    "lines": _whole_lines,
    "link": lambda cell: _link(cell, "out"),
}
