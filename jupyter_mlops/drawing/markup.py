"""HTML put together so that text from data stays text, and that is XML, too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from jupyter_mlops.drawing.nodes import clean

LONGEST = 300  # columns of one text


class Markup(str):
    """Text that is markup already; every other text is escaped and cut."""

    __slots__ = ()


def tag(name: str, *children: str, longest: int = LONGEST, **attributes: str) -> Markup:
    """An element; of attributes ``kind`` is its class, and empty ones are left out."""
    told = "".join(
        f' {"class" if key == "kind" else key.replace("_", "-")}="{escape(clean(value, 500))}"'
        for key, value in attributes.items()
        if value
    )
    return Markup(f"<{name}{told}>{joined(*children, longest=longest)}</{name}>")


def joined(*children: str, longest: int = LONGEST) -> Markup:
    """One after the other; a space at the end of a text stays."""
    return Markup("".join(one if isinstance(one, Markup) else _shown(one, longest) for one in children))


def _shown(text: str, longest: int) -> str:
    if text.isspace():
        return " "
    before, after = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return f"{before}{escape(clean(text, longest))}{after}"


def data(text: str, longest: int = 60) -> Markup:
    """A name or value from data: whichever direction it is written in, its neighbours stay where they are;
    where it is cut, all of it is its tooltip."""
    shown = clean(text, longest)
    return tag("bdi", Markup(escape(shown)), title=text if shown != text else "")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> Markup:
    """A table whose columns `numbers` are set to the right; columns without any content are left out, and
    so is a table without rows."""
    if not rows:
        return Markup("")
    kept = [place for place in range(len(heads)) if place == 0 or any(row[place] for row in rows)]
    kinds = {place: "number" if place in numbers else "" for place in kept}
    head = joined(*(tag("th", heads[place], scope="col", kind=kinds[place]) for place in kept))
    body = joined(*(tag("tr", *(tag("td", row[place], kind=kinds[place]) for place in kept)) for row in rows))
    made = tag("table", tag("thead", tag("tr", head)), tag("tbody", body))
    return tag("div", made, kind="scroll")


def section(title: str, *children: str) -> Markup:
    """A titled part; nothing where there is nothing in it."""
    content = joined(*children, longest=1000)
    return tag("section", tag("h3", title), content) if content else Markup("")


def folded(summary: str, *children: str) -> Markup:
    """A part that opens when it is clicked."""
    content = joined(*children)
    return tag("details", tag("summary", summary), content) if content else Markup("")


def plot(drawn: str) -> Markup:
    """A plot that scrolls where the page is narrow; nothing where there is none."""
    return Markup(f'<div class="plot">{drawn}</div>') if drawn else Markup("")


def notes(found: Sequence[str]) -> Markup:
    """Remarks, as a list."""
    return tag("ul", *(tag("li", note, longest=600) for note in found), kind="notes") if found else Markup("")


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Names with their values, those without a value left out."""
    told = [joined(tag("dt", name), tag("dd", value)) for name, value in pairs if value]
    return tag("dl", *told) if told else Markup("")


def verdict(sign: str, kind: str, text: str) -> Markup:
    """What was found, in a sentence; `kind` is ``good``, ``bad``, ``unsure`` or ``plain``."""
    return tag(
        "p",
        tag("span", sign, kind="sign", aria_hidden="true"),
        " ",
        text,
        kind=f"verdict {kind}",
        longest=1000,
    )


def more(shown: int, total: int, what: str) -> Markup:
    """How many there are that are not shown; `what` is one of them."""
    return tag("p", more_text(shown, total, what), kind="quiet") if shown < total else Markup("")


def more_text(shown: int, total: int, what: str) -> str:
    """The same as text; nothing where all are shown."""
    return f"and {count(total - shown, f'more {what}')}" if shown < total else ""


def count(number: int | None, what: str) -> str:
    """``1 row``, ``2 rows``; nothing where it is not known."""
    return "" if number is None else f"{number:,} {what}{'' if number == 1 else 's'}"


def between(what: str, items: Sequence[Markup]) -> list[str]:
    """The items with `what` between each two of them."""
    return [part for item in items for part in (what, item)][1:]
