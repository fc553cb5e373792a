"""Whatever names, tags and people say, a card's front matter is valid and no HTML of theirs is in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from jupyter_mlops.drawing.pages import page
from jupyter_mlops.entities import Card, CardSection
from jupyter_mlops.promotion.card.document import as_markdown
from jupyter_mlops.promotion.card.front import as_yaml
from jupyter_mlops.promotion.card.writing import (
    ALARM,
    alarm,
    bullets,
    clean,
    code,
    joined,
    table,
    text,
    written,
)

PARTS = [
    *(
        "<script>alert(1)</script>",
        "</style><img src=x onerror=alert(1)>",
        "<!--",
        "]]>",
        "a <b",
        "&lt;",
        "&",
    ),
    *("```", "~~~", "`", "``", "# head", "===", "---", "\n", "\n\n", "    ", "\t", "> ", "- ", "1. ", "1.0"),
    *("|", "| a |\n|--|\n", "[a](javascript:b)", "![x](http://e/x.png)", "[x]: http://e", "<http://e.org>"),
    *("\\", "*", "_", "$x$", "\ud800", "\u202e", "\x00", "\x1b[31m", "🙂", "yes", "null", "- a\n  - b", ": "),
    *("'", '"', "{% x %}", "{{ y }}"),
]
anything = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PARTS), max_size=6).map("".join))
READERS = [
    MarkdownIt("commonmark", {"html": True}),
    MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]),
]


def html_in(told: str) -> list[str]:
    """What readers of Markdown that let HTML through would."""
    found = []
    for reader in READERS:
        for token in reader.parse(told):
            each = [token, *(token.children or ())]
            found += [one.content for one in each if one.type in {"html_block", "html_inline"}]
    return found


def shown(told: str) -> str:
    """The text that a reader sees."""
    rendered = READERS[1].render(told)
    return " ".join("".join(ElementTree.fromstring(f"<div>{rendered}</div>").itertext()).split())


@settings(max_examples=200, deadline=None)
@given(anything)
def test_text_from_data_is_shown_as_it_is(told: str) -> None:
    for written_so in (text(told), code(told)):
        assert not html_in(written_so)
        assert shown(f"a {written_so} b") == clean(f"a {clean(told)} b", 1000)
    assert shown(bullets([told])) == clean(told)
    assert "\n" not in text(told)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(anything, min_size=2, max_size=2), min_size=1, max_size=4))
def test_a_table_has_the_cells_that_it_was_given(rows: list[list[str]]) -> None:
    told = table(("a", "b"), [(f"x{one}", code(two)) for one, two in rows])
    assert not html_in(told)
    root = ElementTree.fromstring(f"<div>{READERS[1].render(told)}</div>")
    cells = [" ".join("".join(cell.itertext()).split()) for cell in root.iter("td")]
    kept = 1 + any(clean(two) for _, two in rows)
    expected = [[clean(f"x{one}"), clean(two)][:kept] for one, two in rows]
    assert cells == [cell for row in expected for cell in row]


@settings(max_examples=300, deadline=None)
@given(anything)
def test_what_a_person_wrote_ends_where_it_ends(told: str) -> None:
    made = written(told)
    assert not html_in(made)
    root = READERS[1].parse(f"# before\n\n{made}\n\n## After\n\ntext\n")
    top = [token for token in root if token.level == 0]
    headings = [token.tag for token in top if token.type == "heading_open"]
    assert headings == ["h1", "h2"]


values = st.one_of(anything, st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.booleans())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(values, st.dictionaries(st.sampled_from(["name", "value"]), values)), max_size=4))
def test_front_matter_is_read_as_it_was_meant(given_values: list[Any]) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return clean(value) if isinstance(value, str) else value

    meant = {"tags": [plain(value) for value in given_values], "license": "mit"}
    told = as_yaml(meant)
    assert YAML(typ="safe").load(told) == meant
    assert yaml.safe_load(told) == meant
    assert not re.search(r"^(---|\.\.\.)", told, re.MULTILINE)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


@settings(max_examples=200, deadline=None)
@given(anything, anything, anything)
def test_a_page_runs_nothing_and_loads_nothing(name: str, said: str, value: str) -> None:
    told = joined((code(name), " ", text(value)))
    card = Card(
        model=name,
        version="1",
        front={"model_name": clean(name)},
        summary=alarm(value),
        sections=(
            CardSection(key="purpose", title="Purpose", text=written(said)),
            CardSection(key="data", title="Data", text=table(("a",), [(told,)])),
        ),
    )
    assert not html_in(as_markdown(card).partition("\n---\n")[2])
    document = page(card)
    document.encode()
    ElementTree.fromstring(document.partition("\n")[2])
    reader = _Reader()
    reader.feed(document)
    assert not {"script", "img", "iframe", "object", "link", "base", "form"} & reader.tags
    assert not [name for name, _ in reader.attributes if name.lower().startswith("on")]
    assert not [
        v for k, v in reader.attributes if k == "href" and not (v or "").startswith(("http", "mailto"))
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Two lines\nand *more*.\n\n- a\n- b", "Two lines\nand *more*.\n\n- a\n- b"),
        ("see <https://e.org> and `<b>`", "see <https://e.org> and `<b>`"),
        ("# Approvals\n\nall of them", "> # Approvals\n>\n> all of them"),
        ("```\nnever closed", "> ```\n> never closed"),
        ("a <script>x</script>", "a &lt;script>x&lt;/script>"),
        ("a\r\nb\x00", "a\nb"),
        (" \n ", ""),
    ],
)
def test_words_of_people_stay_where_they_can(told: str, expected: str) -> None:
    assert written(told) == expected


def test_names_are_easy_to_read() -> None:
    assert text("f1_score by region") == "f1_score by region"
    assert code("accuracy >= 0.8") == "`accuracy >= 0.8`"
    assert code("size <= 100MB") == "`size <= 100MB`"
    assert text("a > b") == "a > b"
    assert text("> b") == r"\> b"
    assert code("a|b`c") == r"a\|b\`c"
    assert text("1. first") == r"1\. first"
    assert text("1.5") == "1.5"
    assert alarm("no *way*") == rf"{ALARM} **no \*way\***"
