"""A model card as HTML: its Markdown, with the pictures in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from jupyter_mlops.drawing.markup import Markup, joined, plot, section, tag
from jupyter_mlops.entities import Card, CardSection
from jupyter_mlops.promotion.card.writing import ALARM, printable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SIGN = "✗"
_PICTURE = re.compile(r"[a-z]+\.svg")
_STYLE = (
    ".jp-mlops-card .alarm{color:var(--mlops-bad)}"
    ".jp-mlops-card.jp-mlops-card p.alarm{margin:8px 0;padding:8px 12px;"
    "border-left:4px solid var(--mlops-bad)}"
    ".jp-mlops-card.jp-mlops-card td code{overflow-wrap:break-word}"
    ".jp-mlops-card.jp-mlops-card pre,.jp-mlops-card.jp-mlops-card code{font-family:ui-monospace,monospace;"
    "font-size:92%;background:var(--mlops-raised);border-radius:3px;padding:1px 4px;overflow-wrap:anywhere}"
    ".jp-mlops-card.jp-mlops-card pre{margin:6px 0;padding:8px 12px;overflow-x:auto}"
    ".jp-mlops-card.jp-mlops-card pre code{padding:0;background:none;color:inherit}"
    ".jp-mlops-card.jp-mlops-card blockquote{margin:4px 0;padding:0 12px;"
    "border-left:3px solid var(--mlops-line)}"
    ".jp-mlops-card.jp-mlops-card ul,.jp-mlops-card.jp-mlops-card ol{margin:4px 0;padding-left:1.6em}"
    ".jp-mlops-card .missing{color:var(--mlops-quiet)}"
)


def card_html(card: Card, _plots: int) -> Markup:
    """Summary and sections; those that nothing is known of are pale."""
    sections = (section(one.title, _content(one, card.pictures)) for one in card.sections)
    made = f"made from its records, {card.created:%Y-%m-%d %H:%M} UTC" if card.created else ""
    return joined(
        tag("style", Markup(_STYLE)),
        tag(
            "div",
            _rendered(card.summary, {}),
            *sections,
            tag("p", made, kind="quiet") if made else Markup(""),
            kind="jp-mlops-card",
        ),
    )


def _content(one: CardSection, pictures: Mapping[str, str]) -> Markup:
    nothing = one.missing and one.text.startswith("_")
    return tag("div", _rendered(one.text, pictures), kind="missing" if nothing else "")


def _rendered(told: str, pictures: Mapping[str, str]) -> Markup:
    rendered = _reader().render(printable(told), {"pictures": pictures})
    return Markup(rendered.replace(ALARM, _SIGN))  # the fonts at hand may lack it


@cache
def _reader() -> MarkdownIt:
    """HTML in the text stays text; what it refers to is not loaded, and only web addresses are links."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("js-default", {"html": False, "xhtmlOut": True, "linkify": False})
    rules: dict[str, Any] = {
        "image": _image,
        "table_open": lambda *_: '<div class="scroll"><table>\n',
        "table_close": lambda *_: "</table></div>\n",
    }
    for name, rule in rules.items():
        reader.add_render_rule(name, lambda _self, *given, rule=rule: rule(*given))
    reader.core.ruler.push("alarms", _mark)
    reader.validateLink = _is_address  # type: ignore[method-assign]
    return reader


def _is_address(url: str) -> bool:
    """An address in the web, of a person, or the name of a picture."""
    return url.lower().startswith(("https://", "http://", "mailto:")) or _PICTURE.fullmatch(url) is not None


def _image(tokens: Sequence[Any], place: int, _options: Any, environment: Mapping[str, Any]) -> str:
    """A picture of the card; of any other its description."""
    token = tokens[place]
    drawn = environment.get("pictures", {}).get(token.attrs.get("src"))
    return plot(drawn) if drawn else joined(token.content)


def _mark(state: Any) -> None:
    """Classes for what is told in red, and for numbers; links tell nobody where they were followed."""
    for place, token in enumerate(state.tokens):
        if token.type == "inline":
            if ALARM in token.content:
                state.tokens[place - 1].attrJoin("class", "alarm")
            for child in token.children or ():
                if child.type == "link_open":
                    child.attrSet("rel", "noopener noreferrer nofollow")
        elif token.type in {"th_open", "td_open"}:
            if token.attrs.pop("style", None) == "text-align:right":
                token.attrSet("class", "number")
            if token.type == "th_open":
                token.attrSet("scope", "col")
