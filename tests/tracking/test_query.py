"""Filters and orders as SQL: what is translated answers as MLflow does, the rest is left to MLflow."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking.query import translate
from jupyter_mlops.tracking.reader import list_runs
from jupyter_mlops.tracking.store import Store
from tests.tracking.stored import ByClient, stored

pytestmark = pytest.mark.usefixtures("local")

FILTERS = (
    "metrics.acc > 0.9",
    "metric.acc>-1.5 and metrics.`a b/c-d` <= 1",
    "metrics.val.acc >= 1e-1",
    "metrics.acc != 0",
    "metrics.acc = 0",
    'metrics."a b/c-d" = 1.0',
    "params.C = 'abc' AND tags.team != 'ABC'",
    "param.C like 'a%'",
    "parameters.C ILIKE 'A_C'",
    "tags.team LIKE 'a_c'",
    'tags.team = "it\'s"',
    "tag.team IS NULL",
    "params.C IS NOT NULL",
    "tags.`mlflow.parentRunId` = 'ffffffffffffffffffffffffffffffff'",
    "status = 'FINISHED'",
    "attributes.status != 'FINISHED'",
    "run.run_name = 'run-1'",
    "attr.`Run name` like 'run-%'",
    "start_time > 1700000003000",
    "created <= 1700000003000.5",
    "attributes.end_time >= 0",
    "end_time != 5",
    "attributes.run_id IN ('a', 'b')",
    "run_id NOT IN ('a')",
    "datasets.name = 'train'",
    "dataset.digest IN ('d2', 'x')",
    "dataset.context = 'eval' and datasets.digest LIKE 'd%'",
    "user_id != 'nobody'",
    "artifact_uri LIKE 'file:%'",
)
BROKEN = (
    "no such thing",
    "metrics.acc > 'x'",
    "params.C > 1",
    "params.C < 'a'",
    "metrics.acc",
    "things.acc > 1",
    "attributes.nothing = 'x'",
    "metrics.acc > 1 OR metrics.acc < 0",
    "status IN ('FINISHED')",
    "metrics.acc IS NULL",
    "tags.team = team",
    "start_time = '5'",
)
ORDERS = (
    "metrics.acc DESC",
    "metrics.acc asc",
    "metrics.`a b/c-d`",
    "metric.val.acc DESC",
    "params.C",
    "params.depth DESC",
    "tags.team ASC",
    "start_time ASC",
    "attributes.start_time DESC",
    "created",
    "end_time DESC",
    "attributes.run_name",
    "status DESC",
    "run_id",
    "metrics.nothing DESC",
)
BROKEN_ORDERS = (
    "metrics.acc UP",
    "datasets.name",
    "things.acc",
    "attributes.`Run name`",
    "metrics acc DESC x",
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Store]:
    """The same store, read by SQL and by MLflow's client."""
    root: Path = tmp_path_factory.mktemp("stored")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        return stored(root), ByClient(root, TrackingConfig())


def answer(store: Store, where: str | None, order_by: str | None, limit: int | None = None) -> str:
    """The runs, field by field, or why there are none: as text, for nan differs from itself."""
    try:
        found = list_runs(store, where=where, order_by=order_by, limit=limit)
    except Refused as error:
        return f"{error} ({error.hint})"
    return "\n".join(map(repr, found))


def test_a_store_holds_what_makes_reading_hard(stores: tuple[Store, Store]) -> None:
    found = answer(stores[1], None, None)
    assert all(word in found for word in ("'acc': nan", "e+308", "it's", "'m-8", "exit_code=3"))
    assert found.count("Run(") > 10


@pytest.mark.parametrize("where", FILTERS)
def test_filters_answer_as_mlflow_does(stores: tuple[Store, Store], where: str) -> None:
    assert translate(where, None) is not None
    assert answer(stores[0], where, None) == answer(stores[1], where, None)


@pytest.mark.parametrize("order", ORDERS)
def test_orders_answer_as_mlflow_does(stores: tuple[Store, Store], order: str) -> None:
    assert translate(None, order) is not None
    for limit in (None, 3):
        assert answer(stores[0], None, order, limit) == answer(stores[1], None, order, limit)


@pytest.mark.parametrize("where", BROKEN)
def test_what_is_no_filter_is_left_to_mlflow(stores: tuple[Store, Store], where: str) -> None:
    assert translate(where, None) is None
    assert "cannot be read" in answer(stores[0], where, None)


@pytest.mark.parametrize("order", BROKEN_ORDERS)
def test_what_is_no_order_is_left_to_mlflow(stores: tuple[Store, Store], order: str) -> None:
    assert translate(None, order) is None
    assert "cannot be read" in answer(stores[0], None, order)


names = st.sampled_from(
    ["acc", "val.acc", "`a b/c-d`", '"a b/c-d"', "`acc`", "C", "depth", "team", "x1", "max"]
)
kinds = st.sampled_from(["params", "param", "tags", "tag", "parameter"])
texts = st.text(st.sampled_from("abcABC%_ ä.'-;#0"), max_size=4)
quoted = st.one_of(st.builds("'{}'".format, texts), st.builds('"{}"'.format, texts))
numbers = st.one_of(
    st.sampled_from(["0.5", "0", "-1", "1e5", "1e400", "1700000003000", ".5", "1.", "-0.0", "1E-2"]),
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False).map(repr),
)
lists = st.lists(texts.map("'{}'".format), max_size=3).map(lambda found: f"({', '.join(found)})")
signs = st.sampled_from(["=", "!=", " = ", " != "])
likes = st.sampled_from([" LIKE ", " ilike ", " Like  "])
orderings = st.sampled_from(["<", "<=", ">", " >= ", " < ", "=", " != "])
metrics = st.builds("{}.{}".format, st.sampled_from(["metrics", "metric"]), names)
pairs = st.builds("{}.{}".format, kinds, names)
whole = st.builds(
    "{}{}".format,
    st.sampled_from(["", "attributes.", "attr."]),
    st.sampled_from(["start_time", "end_time", "created", "Created"]),
)
words = st.builds(
    "{}{}".format,
    st.sampled_from(["", "run.", "attribute."]),
    st.sampled_from(["status", "run_id", "run_name", "user_id", "`Run name`"]),
)
datasets = st.builds(
    "{}.{}".format, st.sampled_from(["dataset", "datasets"]), st.sampled_from(["name", "digest", "context"])
)
identifiers = st.one_of(metrics, pairs, whole, words)
sound = st.one_of(
    st.builds("{}{}{}".format, st.one_of(metrics, whole), orderings, numbers),
    st.builds("{}{}{}".format, st.one_of(pairs, words, datasets), st.one_of(signs, likes), quoted),
    st.builds("{} {}".format, pairs, st.sampled_from(["IS NULL", "is not null", "IS  NOT NULL"])),
    st.builds(
        "{} {} {}".format, st.one_of(datasets, st.just("run_id")), st.sampled_from(["IN", "not in"]), lists
    ),
)
odd = st.builds(
    "{}{}{}".format,
    st.one_of(identifiers, datasets, st.sampled_from(["Run.status", "things.a", "status.x"])),
    st.one_of(signs, likes, orderings, st.sampled_from(["==", "<>", " IN ", " IS "])),
    st.one_of(quoted, numbers, lists, st.sampled_from(["NULL", "NOT  NULL", "x"])),
)
filters = st.builds(
    str.join,
    st.sampled_from([" AND ", " and ", "\nAND ", "  And  "]),
    st.lists(st.one_of(sound, sound, sound, odd), min_size=1, max_size=3),
)
orders = st.builds("{}{}".format, identifiers, st.sampled_from(["", " DESC", " asc", "  ASC"]))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.none() | filters, st.none() | orders, st.none() | st.integers(1, 12))
def test_any_filter_and_order_answer_as_mlflow_does(
    stores: tuple[Store, Store], where: str | None, order: str | None, limit: int | None
) -> None:
    assume(translate(where, order) is not None)  # MLflow is asked then, which may fail in ways of its own
    assert answer(stores[0], where, order, limit) == answer(stores[1], where, order, limit)


def test_names_that_mlflow_takes_for_attributes_are_left_to_it() -> None:
    assert translate("metrics.created > 0", None) is None
    assert translate("tags.`Run name` = 'a'", None) is None
    assert translate("created > 0", None) is not None
