"""Reports as HTML: whole documents without scripts, in which text from data stays text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.drawing.lineage import lineage_svg
from jupyter_mlops.drawing.pages import DRAWN, PLOTS, fragment, page
from jupyter_mlops.entities import (
    CheckReport,
    CheckResult,
    Comparison,
    DataDiff,
    DriftState,
    Entity,
    Explanation,
    FeatureImportance,
    Impact,
    Lineage,
    LineageLink,
    LineageNode,
    Profile,
)
from jupyter_mlops.views import bundled, printed
from tests.drawing.reports import ALL, CHECKS, COMPARISON, DIFF, DRIFT, IMPACT, LINEAGE, column, drift, metric

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"' onload=alert(1) x='",
    "a & b &lt; c",
    "line\nbreak\ttab\r\x00\x1b[31m",
    "🙂 שלום \u202eevil",
    "\ud800 lone",
    "n" * 10_000,
]
EVENTS = re.compile(r"^on", re.IGNORECASE)
TAGS = {"script", "img", "iframe", "object", "embed", "link", "a", "form", "input", "base", "foreignObject"}


class Reader(HTMLParser):
    """Tags as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def read(entity: Entity) -> ElementTree.Element:
    """The fragment, which is XML, and which like the page runs nothing and loads nothing."""
    for made in (page(entity), fragment(entity)):
        made.encode()
        reader = Reader()
        reader.feed(made)
        assert not TAGS & set(reader.tags)
        assert not [name for name, _ in reader.attributes if EVENTS.match(name)]
        assert not [v for _, v in reader.attributes if v and "://" in v and v != "http://www.w3.org/2000/svg"]
        assert not re.search(r"@import|url\(", made)
    document = page(entity)
    assert document.startswith("<!DOCTYPE html>\n")
    ElementTree.fromstring(document.partition("\n")[2])
    return ElementTree.fromstring(fragment(entity))


def text(root: ElementTree.Element) -> str:
    return " ".join("".join(root.itertext()).split())


KEPT = {"better", "task", "method", "kind", "change", "size", "status", "state", "source_type", "digest"}


def with_texts(value: Any, word: str) -> Any:
    """The same report of data whose every name and value is `word`."""
    if isinstance(value, Entity):
        changed = {name: with_texts(part, word) for name, part in value if name not in KEPT}
        return value.model_copy(update=changed)
    if isinstance(value, Mapping):
        return {f"{word}{place}": with_texts(part, word) for place, part in enumerate(value.values())}
    if isinstance(value, tuple):
        return tuple(with_texts(part, word) for part in value)
    return word if type(value) is str else value


@pytest.mark.parametrize("entity", ALL, ids=lambda entity: type(entity).__name__)
def test_a_report_is_whole_and_says_what_it_is_of(entity: Entity) -> None:
    root = read(entity)
    assert root.findtext("h2")
    for drawn in root.iter("{http://www.w3.org/2000/svg}svg"):
        assert drawn.get("role") == "img"
        assert drawn.get("aria-label")
    heads = [head.get("scope") for head in root.iter("th")]
    assert set(heads) <= {"col"}
    assert 'name="viewport"' in page(entity)
    assert "<title>" in page(entity)


def test_every_kind_of_report_is_among_the_examples() -> None:
    assert {type(entity) for entity in ALL} == DRAWN
    with pytest.raises(TypeError, match="no report of ImpactVersion"):
        page(IMPACT.versions[0])


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("entity", ALL, ids=lambda entity: type(entity).__name__)
def test_hostile_text_stays_text(entity: Entity, word: str) -> None:
    made = with_texts(entity, word)
    read(made)
    assert len(page(made)) < 20 * len(page(entity)) < 2_000_000, "a name of any length takes its room only"


@given(st.text(max_size=40))
@settings(max_examples=25, deadline=None)
def test_any_text_is_shown_as_it_is(word: str) -> None:
    for entity in (DRIFT, DIFF, CHECKS):
        read(with_texts(entity, word))


def test_drift_comes_with_the_verdict_and_what_drifted_first() -> None:
    said = text(read(DRIFT))
    order = ["3 of 6 columns drifted", "accuracy", "Columns that drifted", "region", "All columns"]
    assert re.search(".*".join(order), said)
    assert "1.0 % → 23 %" in said, "missing on either side"
    assert "overseas, unknown" in said
    assert "≠ new column" in said
    assert "? too few" in said


def test_of_many_columns_the_most_telling_are_shown() -> None:
    columns = [column(f"c{place}") for place in range(500)]
    columns[400] = column("far", state=DriftState.DRIFTED, effect=3.0)
    columns[450] = column("near", state=DriftState.DRIFTED, effect=0.2)
    columns[499] = column("odd", state=DriftState.DRIFTED, effect=math.nan, threshold=0.0)
    root = read(drift(*columns))
    said = text(root)
    assert "and 400 more columns" in said
    assert said.index("far") < said.index("near") < said.index("odd")
    assert len(list(root.iter("{http://www.w3.org/2000/svg}svg"))) == PLOTS
    assert page(drift(*columns)).count("<svg") == 100


@pytest.mark.parametrize(
    ("entity", "word"),
    [
        (drift(), "0"),
        (drift(column("only")), "only"),
        (DataDiff(left="a", right="b", identical=True), "the two are identical"),
        (DataDiff(left="a", right="b", identical=False), "they differ"),
        (Comparison(left="a", right="b", data="d", rows=0, task="runs"), "no difference shown"),
        (Explanation(model="m", data="d", rows=0, method="shap"), "no feature was looked at"),
        (CheckReport(subject="s"), "there are no checks"),
        (Profile(rows=0), "Profile"),
        (Lineage(start="x"), "0 nodes"),
        (Impact(dataset="d", metric="m"), "no two versions"),
    ],
)
def test_reports_of_nothing(entity: Entity, word: str) -> None:
    assert word in text(read(entity))


def test_numbers_that_are_none_are_told() -> None:
    odd = metric("mae", math.nan, math.inf, math.nan)
    comparison = COMPARISON.model_copy(update={"metrics": (odd,)})
    assert "NaN" in text(read(comparison))
    features = tuple(FeatureImportance(feature=f"f{v}", importance=v) for v in (math.nan, math.inf, 1.0))
    assert "∞" in text(read(Explanation(model="m", data="d", rows=1, method="shap", features=features)))


def test_checks_that_failed_come_first_and_none_is_left_out() -> None:
    said = text(read(CHECKS))
    assert said.index("leakage") < said.index("3 values are below 18") < said.index("no duplicate ids")
    assert "1 passed, 1 skipped, 1 failed, 1 error" in said
    many = tuple(CheckResult(name=f"c{n}", kind="cell", status="passed") for n in range(150))
    assert "and 50 more checks" in text(read(CheckReport(subject="s", results=many)))


def test_lineage_is_drawn_from_left_to_right_also_in_circles() -> None:
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(lineage_svg(LINEAGE))
    assert len(list(root.iter(f"{svg}g"))) == len(LINEAGE.nodes)
    edges = [path for path in root.iter(f"{svg}path") if path.get("class") == "edge"]
    assert len(edges) == len(LINEAGE.links)
    back = LineageLink(source="model:churn@4", target="raw@1", label="made")
    stray = LineageLink(source="gone", target="raw@1", label="read")
    circle = LINEAGE.model_copy(update={"links": (*LINEAGE.links, back, stray)})
    assert lineage_svg(circle).count('class="edge"') == len(LINEAGE.links)
    many = tuple(LineageNode(key=str(n), kind="run", name=str(n)) for n in range(300))
    assert lineage_svg(Lineage(start="0", nodes=many)) == ""
    read(Lineage(start="0", nodes=many))


@pytest.mark.parametrize("entity", ALL, ids=lambda entity: type(entity).__name__)
def test_a_notebook_gets_html_and_words(entity: Entity) -> None:
    bundle = bundled(entity)
    assert bundle is not None
    assert bundle["text/html"] == fragment(entity)
    assert bundle["text/plain"] == printed(entity)
    assert bundled(IMPACT.versions[0]) is None
