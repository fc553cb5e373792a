"""Markdown put together so that text from data stays text.

What a person wrote for the card is Markdown of theirs, which may neither be HTML nor reach into what follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

LONGEST = 300  # characters of one text
ALARM = "🔴"  # begins what is told in red: Markdown knows no colours
MOST = 100  # rows of a table

_SPECIAL = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")
_START = re.compile(r"^([-+=#>])|^(\d+)([.)])(?=\s|$)")
_NOT_IN_CODE = re.compile(r"[`|\\]|<(?=[A-Za-z/!?])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HTML = frozenset(("html_block", "html_inline"))
_PLAIN = frozenset(("paragraph", "bullet_list", "ordered_list", "list_item", "inline"))


class Markdown(str):
    """Text that is Markdown already; every other text is escaped and cut."""

    __slots__ = ()


def clean(told: str, longest: int = LONGEST) -> str:
    """One line of characters that can be printed, cut."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in told).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def text(told: object, longest: int = LONGEST) -> Markdown:
    """Text from data, on one line, in which Markdown sees nothing of its own; a space at either end stays."""
    if isinstance(told, Markdown):
        return told
    before, after = " " * str(told)[:1].isspace(), " " * str(told)[-1:].isspace()
    line = _SPECIAL.sub(r"\\\g<0>", clean(str(told), longest))
    line = _START.sub(lambda found: f"{found[2] or ''}\\{found[1] or found[3]}", line)
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    return Markdown(f"{before}{line}{after}" if line else before)


def code(told: object, longest: int = LONGEST) -> Markdown:
    """A name or value in a fixed font, where it can be written so."""
    line = clean(str(told), longest)
    return text(line) if not line or _NOT_IN_CODE.search(line) else Markdown(f"`{line}`")


def bold(told: object) -> Markdown:
    """In bold."""
    return Markdown(f"**{text(told).strip()}**")


def alarm(told: object) -> Markdown:
    """A sentence in red, where the viewer can."""
    return Markdown(f"{ALARM} **{text(told, 1000).strip()}**")


def joined(parts: Iterable[object], between: str = "") -> Markdown:
    """One after the other, on one line; `between` is Markdown."""
    return Markdown(between.join(text(part) for part in parts))


def bullets(items: Iterable[object]) -> Markdown:
    """A list."""
    return Markdown("\n".join(f"- {text(item, 1000).strip()}" for item in items))


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Sequence[int] = ()) -> Markdown:
    """A table whose columns `numbers` are set to the right, of at most `MOST` rows; columns without any
    content are left out, and so is a table without rows."""
    told = [[text(value).strip() for value in row] for row in rows]
    kept = [place for place in range(len(heads)) if any(row[place] for row in told)]
    if not kept:
        return Markdown("")
    lines = [
        _row([text(heads[place]) for place in kept]),
        _row(["---:" if place in numbers else "---" for place in kept]),
        *(_row([row[place] for place in kept]) for row in told[:MOST]),
    ]
    more = [f"\nand {len(told) - MOST:,} more"] if len(told) > MOST else []
    return Markdown("\n".join([*lines, *more]))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def paragraphs(*parts: str) -> Markdown:
    """One below the other, empty ones left out."""
    return Markdown("\n\n".join(part for part in parts if part))


def written(told: str) -> Markdown:
    """What a person wrote in Markdown. Their HTML is shown as text; what is more than paragraphs and lists,
    such as headings and blocks of code, is quoted, where it ends with the quote."""
    lines = printable(told).strip("\n").rstrip()
    if not lines.strip():
        return Markdown("")
    kinds = _kinds(lines)
    if kinds & _HTML:
        lines = _TAG.sub("&lt;", lines)
        kinds = _kinds(lines)
    if kinds <= _PLAIN:
        return Markdown(lines)
    return Markdown("\n".join(f"> {line}".rstrip() for line in lines.split("\n")))


def printable(told: str) -> str:
    """Several lines of what can be printed, and turns no direction of writing."""
    return "".join(letter for letter in told.expandtabs(4) if _allowed(letter))


def _allowed(letter: str) -> bool:
    return (letter.isprintable() or letter in "\n\u200d") and letter not in _TURNING


def _kinds(told: str) -> set[str]:
    """What there is in it for viewers that know tables and for those that do not: blocks, links that are
    defined apart, and HTML."""
    found: set[str] = set()
    for tables in (True, False):
        environment: dict[str, Any] = {}
        for token in _reader(tables).parse(told, environment):
            found.add(token.type.removesuffix("_open").removesuffix("_close"))
            found |= {child.type for child in token.children or () if child.type in _HTML}
        found |= {"reference"} if environment.get("references") else set()
    return found


def _reader(tables: bool) -> Any:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": True})
    return reader.enable("table") if tables else reader
