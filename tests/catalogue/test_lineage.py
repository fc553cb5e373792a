"""Lineage goes from a model back to all of its data, and from data on to all that was built on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.catalogue.lineage import lineage
from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.config import Config, TrackingConfig
from jupyter_mlops.entities import DatasetVersion, Lineage, RunKind, RunStatus
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store
from jupyter_mlops.views import show
from tests.tracking.stored import ByClient

pytestmark = pytest.mark.usefixtures("local")


def version(name: str, digest: str) -> DatasetVersion:
    return DatasetVersion(name=name, digest=digest, rows=1000)


def run(
    store: Store,
    name: str,
    *,
    reads: tuple[DatasetVersion, ...] = (),
    writes: tuple[DatasetVersion, ...] = (),
    parent: str | None = None,
) -> str:
    recorder = Recorder.start(store, experiment="e", name=name, kind=RunKind.HEADLESS, parent=parent)
    for each in reads:
        link(recorder, each, "training")
    for each in writes:
        link(recorder, each, wrote=True)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    return recorder.run_id


def model(store: Store, name: str, run_id: str) -> None:
    client = store.client()
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    client.create_model_version(name, "models", run_id=run_id)


def told(found: Lineage) -> set[tuple[str, str, str]]:
    """The links, runs by their names."""
    names = {node.key: node.name if node.kind == "run" else node.key for node in found.nodes}
    return {(names[link.source], link.label, names[link.target]) for link in found.links}


@pytest.fixture
def store(folder: Path) -> Store:
    """raw@1, prepare, features, train, churn@1; and raw@2, again, other features, retrain, churn@2, of whose
    data a child of the run read; and a run that read the first features by another name."""
    store = Store(folder, TrackingConfig())
    datasets = Project().datasets
    for number in (1, 2):
        (folder / "raw.csv").write_text(f"a\n{number}\n", encoding="utf-8")
        datasets.add("raw.csv")
    first, second = datasets.list("raw")
    run(store, "prepare", reads=(first,), writes=(version("features", "f1"),))
    model(store, "churn", run(store, "train", reads=(version("features", "f1"), version("codes", "c"))))
    run(store, "again", reads=(second,), writes=(version("features", "f2"),))
    retrain = run(store, "retrain")
    run(store, "cell", reads=(version("features", "f2"),), parent=retrain)
    model(store, "churn", retrain)
    store.client().set_registered_model_alias("churn", "champion", "2")
    run(store, "other", reads=(version("other", "f1"),), writes=(version("features", "f9"),))
    return store


BACK = {
    ("raw@1", "read as training", "prepare"),
    ("prepare", "wrote", "features:f1"),
    ("features:f1", "read as training", "train"),
    ("train", "made", "model:churn@1"),
}
OTHER = {
    ("features:f1", "the same content as", "other:f1"),
    ("other:f1", "read as training", "other"),
    ("other", "wrote", "features:f9"),
}
CODES = {("codes:c", "read as training", "train")}
SECOND = {
    ("raw@2", "read as training", "again"),
    ("again", "wrote", "features:f2"),
    ("features:f2", "read as training", "cell"),
    ("cell", "part of", "retrain"),
    ("retrain", "made", "model:churn@2"),
}


def test_it_is_followed_in_both_directions_by_sql_and_by_the_client(store: Store, folder: Path) -> None:
    for each in (store, ByClient(folder, TrackingConfig())):
        found = {
            name: lineage(each, Config(), name) for name in ("raw@1", "raw", "churn@1", "churn@champion")
        }
        assert told(found["raw@1"]) == BACK | OTHER
        assert told(found["raw"]) == told(found["churn@champion"]) == SECOND
        assert told(found["churn@1"]) == BACK | CODES
        assert found["raw"].start == "raw@2"
        nodes = {node.key: node for node in found["churn@champion"].nodes}
        assert found["churn@champion"].start == "model:churn@2"
        assert nodes["model:churn@2"].detail == "champion"
        assert nodes["raw@2"].detail == "1 rows"


def test_the_same_content_by_another_name_is_followed(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = Project().datasets.list("raw")[0]
    run(store, "by variable", reads=(version("data", raw.digest),))
    run(store, "download", writes=(version("fetched", raw.digest),))
    run(store, "pass on", reads=(raw,), writes=(version("passed", raw.digest),))
    found = lineage(store, Config(), "raw@1")
    data = f"data:{raw.digest.removeprefix('xxh:')[:8]}"
    fetched, passed = data.replace("data", "fetched"), data.replace("data", "passed")
    assert {
        ("raw@1", "the same content as", data),
        (data, "read as training", "by variable"),
        ("download", "wrote", fetched),
        (fetched, "the same content as", "raw@1"),
        ("raw@1", "read as training", "pass on"),
        ("pass on", "wrote", passed),
    } <= told(found)
    assert all(link.target != "raw@1" or link.source == fetched for link in found.links)
    show(found)
    assert f"the same content as {data}" in capsys.readouterr().out
    uses = {(use.name, use.named) for use in Project().datasets.show("raw@1").uses}
    assert uses == {
        ("prepare", ""),
        ("by variable", "data"),
        ("download", "fetched"),
        ("pass on", ""),
        ("pass on", "passed"),
    }


def test_what_runs_in_a_circle_ends(store: Store) -> None:
    run(store, "tidy", reads=(version("features", "f1"),), writes=(version("features", "f3"),))
    run(store, "undo", reads=(version("features", "f3"),), writes=(version("features", "f1"),))
    found = told(lineage(store, Config(), "raw@1"))
    assert ("undo", "wrote", "features:f1") in found
    assert ("undo", "wrote", "features:f1") in told(lineage(store, Config(), "churn@1"))


def test_what_is_not_there_is_refused_with_what_is(store: Store) -> None:
    for what, problem, hint in (
        ("chrn@1", "no dataset and no model 'chrn'", "did you mean 'churn'?"),
        ("churn@9", "model 'churn' has no version '9'", "did you mean 'churn@2'?"),
        ("raw@9", "dataset 'raw' has no version 9", "did you mean 'raw@2'?"),
    ):
        with pytest.raises(NotFound, match=problem) as caught:
            lineage(store, Config(), what)
        assert caught.value.hint in {hint, hint.replace("@2", "@1")}


def test_it_is_told_as_two_trees(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    show(lineage(store, Config(), "churn"))
    shown = capsys.readouterr().out
    lines = [line.strip() for line in shown.splitlines()]
    assert lines[0] == "model churn@2  champion"
    assert any(line.startswith("└── made by run") and " retrain " in line for line in lines)
    assert any(line.endswith("written by run") or " written by run" in line for line in lines)
    assert any("raw@2" in line for line in lines)
    assert "led to: nothing that is known" in lines
