"""Pages of runs: put together they are the whole list, whichever way the store is read, and whatever is
searched for."""

from __future__ import annotations

import base64
import json
import math
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.entities import Run, RunKind, RunStatus
from jupyter_mlops.entities.panels import MetricPoints, RunPage, RunQuery
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.tracking import pages, series
from jupyter_mlops.tracking.listing import metric_points, page_of_runs, side_by_side
from jupyter_mlops.tracking.reader import list_runs
from jupyter_mlops.tracking.store import Store
from tests.tracking.stored import ByClient, stored
from tests.tracking.test_query import FILTERS, ORDERS

pytestmark = pytest.mark.usefixtures("local")

Way = Callable[[pytest.MonkeyPatch], None]


def _small(patch: pytest.MonkeyPatch) -> None:
    """As a small project is read."""


def _large(patch: pytest.MonkeyPatch) -> None:
    """As a large project is read: a few runs first, then tables."""
    patch.setattr(pages, "SMALL", 0)
    patch.setattr(pages, "FEW", 2)
    patch.setattr(pages, "_PORTION", 2)
    patch.setattr(pages, "_FIRST", 4)


def _huge(patch: pytest.MonkeyPatch) -> None:
    """As one is read whose tables are never read whole, while time runs out at once."""
    _large(patch)
    patch.setattr(pages, "WHOLE", 0)
    patch.setattr(pages, "_TIME", -1.0)


WAYS = (_small, _large, _huge)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with all that makes reading hard, and a model, a notebook and points of a metric."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        made = stored(tmp_path_factory.mktemp("listed"))
        client = made.client()
        newest, other, *_ = list_runs(made)
        client.set_tag(newest.run_id, "mlops.notebook", "deep/Train_1.ipynb")
        client.set_tag(other.run_id, "mlops.kind", "session")
        client.log_param(newest.run_id, "note", "x" * 3000)
        for step in range(5):
            client.log_metric(newest.run_id, "loss", math.inf if step == 2 else step, step=step)
        client.create_registered_model("Churn")
        client.create_model_version("Churn", "file:///x", other.run_id)
        return made


def walk(store: Store, patch: pytest.MonkeyPatch, way: Way, **query: object) -> list[str]:
    """The ids of all pages, one after the other; each cursor goes through a request as it is."""
    found, cursor = list[str](), None
    with patch.context() as within:
        way(within)
        for _ in range(200):
            page = page_of_runs(store, RunQuery.model_validate({"limit": 3, **query, "cursor": cursor}))
            assert len(page.rows) <= 3
            found += [row.run.run_id for row in page.rows]
            if page.total is not None:
                assert page.total >= len(page.rows)
            cursor = page.next
            if cursor is None:
                return found
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize("where", [None, *FILTERS])
def test_the_pages_of_a_filter_are_its_list(
    store: Store, monkeypatch: pytest.MonkeyPatch, where: str | None
) -> None:
    expected = [run.run_id for run in list_runs(store, where=where, limit=None)]
    for way in WAYS if where in FILTERS[:12:3] else (_large,):
        assert walk(store, monkeypatch, way, where=where) == expected


@pytest.mark.parametrize("order", [*ORDERS, "params.note DESC"])
def test_the_pages_of_an_order_are_its_list(
    store: Store, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    expected = [run.run_id for run in list_runs(store, order_by=order, limit=None)]
    assert walk(store, monkeypatch, _large, order_by=order) == expected
    kept = [run.run_id for run in list_runs(store, order_by=order, limit=None) if "run-1" in run.name]
    for way in (_large, _huge):
        assert walk(store, monkeypatch, way, order_by=order, search="run-1") == kept


def _holds(run: Run, word: str, models: dict[str, str]) -> bool:
    """What a search means, said in another way."""
    places = [run.name, run.experiment, run.notebook or "", models.get(run.run_id, "")]
    places += [f"{name}={value}" for name, value in run.parameters.items()] if "=" in word else []
    places += [*run.parameters, *run.parameters.values()] if "=" not in word else []
    by_id = len(word) >= 4 and run.run_id.startswith(word.lower())
    return by_id or any(word.lower() in place.lower() for place in places)


WORDS = ("run-1", "RUN", "abc", "ABC", "a%c", "_", "%", "it's", "ä", "Ä", "0.5", "C=a", "depth=1", "first")
MORE = ("churn", "train_1", "DEEP/", "\\", "3", "xxx", "nowhere", "second")
KINDS = (RunKind.USER, RunKind.HEADLESS, RunKind.SESSION, RunKind.CELL)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.sampled_from([*WORDS, *MORE]), max_size=2),
    status=st.sets(st.sampled_from(RunStatus), max_size=2),
    kind=st.sets(
        st.sampled_from([RunKind.USER, RunKind.HEADLESS, RunKind.SESSION, RunKind.CELL]), max_size=3
    ),
    order=st.sampled_from([None, "metrics.acc DESC", "params.C", "start_time ASC"]),
)
def test_what_is_searched_for_is_found_and_nothing_else(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    way: Way,
    words: list[str],
    status: set[RunStatus],
    kind: set[RunKind],
    order: str | None,
) -> None:
    models = {version.run_id: "Churn" for version in store.client().search_model_versions("name = 'Churn'")}
    expected = [
        run.run_id
        for run in list_runs(store, order_by=order, limit=None)
        if all(_holds(run, word, models) for word in words)
        and (not status or run.status in status)
        and (not kind or run.kind in kind)
    ]
    asked = {"search": " ".join(words), "status": tuple(status), "kind": tuple(kind), "order_by": order}
    assert walk(store, monkeypatch, way, **asked) == expected


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40), cursor=st.text(max_size=40))
def test_any_text_may_be_searched_for_and_is_understood_alike_in_every_way(
    store: Store, monkeypatch: pytest.MonkeyPatch, text: str, cursor: str
) -> None:
    found = [walk(store, monkeypatch, way, search=text) for way in WAYS]
    assert found[0] == found[1] == found[2]
    assert text.split() or len(found[0]) == len(list_runs(store, limit=None))
    with pytest.raises(Refused):
        page_of_runs(store, RunQuery(search=text, cursor=cursor))


def test_a_run_is_found_by_the_beginning_of_its_id_by_notebook_and_in_its_experiment(store: Store) -> None:
    run = list_runs(store)[0]
    for query in (
        RunQuery(search=run.run_id[:6].upper()),
        RunQuery(notebook="deep/Train_1.ipynb"),
        RunQuery(experiment=run.experiment, search="deep"),
    ):
        page = page_of_runs(store, query)
        assert ([row.run.run_id for row in page.rows], page.total) == ([run.run_id], 1)
    assert page_of_runs(store, RunQuery(notebook="train_1.ipynb")).total == 0
    with pytest.raises(NotFound):
        page_of_runs(store, RunQuery(experiment="nowhere"))


def test_a_page_tells_how_many_there_are_and_what_to_choose_from(store: Store) -> None:
    page = page_of_runs(store, RunQuery(limit=1))
    assert page.total == len(list_runs(store, limit=None))
    assert page.experiments == ("Default", "first", "second")
    assert page.metrics == ("a b/c-d", "acc", "loss", "val.acc")


def test_runs_that_begin_meanwhile_move_none_to_another_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(folder, TrackingConfig())
    client, experiment = store.client(), store.experiment_id("mine")
    old = [client.create_run(experiment, start_time=1000 + number // 2).info.run_id for number in range(7)]
    first = page_of_runs(store, RunQuery(limit=3))
    client.create_run(experiment, start_time=9999)
    client.create_run(experiment, start_time=1003)
    rest = page_of_runs(store, RunQuery(limit=10, cursor=first.next))
    seen = [row.run.run_id for page in (first, rest) for row in page.rows]
    assert len(set(seen)) == len(seen)
    assert set(old) <= set(seen)


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_cursor_that_cannot_be_read_or_is_of_another_search_is_refused_with_the_mend(store: Store) -> None:
    good = page_of_runs(store, RunQuery(limit=3)).next
    assert good is not None
    digest = json.loads(base64.urlsafe_b64decode(good + "=="))[0]
    wrong = ["", "x", "é", good[:-7], good + "AAAA", _cursor([]), _cursor({}), _cursor(5), _cursor(None)]
    wrong += [_cursor([digest]), _cursor([digest, 1]), _cursor([digest, {}, "a"]), _cursor([digest, 1, 2])]
    wrong += [_cursor([digest, [], "nobody"]), _cursor(["other", 1, "a"]), "W" * 500]
    for cursor in wrong:
        with pytest.raises(Refused, match="cursor") as caught:
            page_of_runs(store, RunQuery(cursor=cursor))
        assert "first page" in (caught.value.hint or "")
    with pytest.raises(Refused, match="another search"):
        page_of_runs(store, RunQuery(cursor=good, search="run"))
    assert page_of_runs(store, RunQuery(cursor=good, limit=5, metric="acc")).rows


def test_a_cursor_at_a_text_too_long_to_be_held_still_leads_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of_runs(store, RunQuery(order_by="params.note DESC", limit=1))
    assert page.next is not None
    assert len(page.next) < 500
    rest = page_of_runs(store, RunQuery(order_by="params.note DESC", limit=200, cursor=page.next))
    assert page.rows[0].run.run_id not in [row.run.run_id for row in rest.rows]
    assert page.total == 1 + len(rest.rows)


def test_the_client_tells_the_same_pages_where_its_words_suffice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ByClient(store.root, TrackingConfig())
    for query in (
        {},
        {"status": (RunStatus.FINISHED,)},
        {"status": (RunStatus.FAILED, RunStatus.RUNNING)},
        {"kind": (RunKind.HEADLESS,)},
        {"kind": (RunKind.USER, RunKind.SESSION)},
        {"search": "RUN-1"},
        {"search": "run-1", "where": "metrics.acc > 0", "order_by": "metrics.acc DESC"},
        {"notebook": "deep/Train_1.ipynb"},
    ):
        assert walk(other, monkeypatch, _small, **query) == walk(store, monkeypatch, _small, **query)
    page = page_of_runs(other, RunQuery(limit=3))
    assert page.total is None
    assert "names" in page.note
    with pytest.raises(Refused, match="cursor"):
        page_of_runs(other, RunQuery(limit=3, cursor="nonsense"))
    with pytest.raises(Refused, match="filter"):
        page_of_runs(store, RunQuery(where="no such thing"))
    assert page_of_runs(other, RunQuery(search="it's '; --")).rows == ()


def test_a_row_draws_the_metric_that_is_asked_for_else_the_first(store: Store) -> None:
    chosen = page_of_runs(store, RunQuery(metric="loss", limit=1)).rows[0].spark
    assert chosen == MetricPoints(name="loss", steps=(0, 1, 2, 3, 4), values=(0, 1, None, 3, 4), of=5)
    default = page_of_runs(store, RunQuery(limit=1)).rows[0].spark
    assert default is not None
    assert (default.name, default.steps) == ("a b/c-d", (0, 1))
    assert all(row.spark is None for row in page_of_runs(store, RunQuery(metric="nothing")).rows)


@given(values=st.lists(st.none() | st.floats(-10, 10), min_size=1, max_size=400), most=st.integers(4, 60))
def test_thinned_points_keep_both_ends_and_all_extremes(values: list[float | None], most: int) -> None:
    points = [series.Point(step, value) for step, value in enumerate(values)]
    thin = series.thinned("m", iter(points), len(points), most)
    assert len(thin.steps) <= most
    assert thin.of == len(values)
    assert list(thin.steps) == sorted(set(thin.steps))
    assert [values[step] for step in thin.steps] == list(thin.values)
    assert thin.steps[-1] == len(values) - 1
    numbers = [value for value in values if value is not None]
    if numbers:
        assert {min(numbers), max(numbers)} <= set(thin.values)


def test_a_long_metric_is_thinned_alone_and_picked_from_in_a_list(folder: Path) -> None:
    store = Store(folder, TrackingConfig())
    run = store.client().create_run(store.experiment_id("mine")).info.run_id
    rows = [("loss", -5.0 if step == 1234 else step / 7, step, step, run) for step in range(5000)]
    with sqlite3.connect(folder / "mlflow.db") as connection:
        insert = (
            "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)"
        )
        connection.executemany(insert, rows)
        latest = insert.replace("metrics", "latest_metrics")
        connection.execute(latest, rows[-1])
    connection.close()
    (alone,) = metric_points(store, run, [])
    assert alone.of == 5000
    assert len(alone.values) <= 500
    assert min(value for value in alone.values if value is not None) == -5.0
    spark = page_of_runs(store, RunQuery()).rows[0].spark
    assert spark is not None
    assert (spark.of, spark.steps[0], spark.steps[-1]) == (5000, 0, 4999)
    assert 10 < len(spark.steps) <= 60
    assert metric_points(store, run, ["nothing"]) == [MetricPoints(name="nothing")]


def test_runs_stand_side_by_side_in_the_order_they_are_named(store: Store) -> None:
    other = ByClient(store.root, TrackingConfig())
    first, second = list_runs(store)[0], list_runs(store)[3]
    for read in (store, other):
        found = side_by_side(read, [second.run_id, first.run_id[:8], second.run_id])
        assert [run.run_id for run in found.runs] == [second.run_id, first.run_id]
        assert found.parameters.get("depth", (None, None)) == (
            second.parameters.get("depth"),
            first.parameters.get("depth"),
        )
        assert found.parameters["note"][0] is None
        assert [points.of for points in found.series["loss"]] == [0, 5]
        assert None in found.series["loss"][1].values
        assert "system/cpu" not in found.metrics
        json.loads(found.model_dump_json(), parse_constant=pytest.fail)
    with pytest.raises(NotFound):
        side_by_side(store, [first.run_id, "nobody"])


def test_where_nothing_was_recorded_a_page_is_empty_and_makes_nothing(bare_folder: Path) -> None:
    assert page_of_runs(Store(bare_folder, TrackingConfig()), RunQuery(search="x")) == RunPage()
    assert [path.name for path in bare_folder.iterdir()] == ["mlops.yaml"]
