"""Real models score real files, in chunks, whole or not at all."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression

from jupyter_mlops.cli import main
from jupyter_mlops.entities import Scored
from jupyter_mlops.evaluation.models import open_model
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused, UsageError
from jupyter_mlops.project import Project
from tests.evaluation.registered import customers, python_model, register
from tests.serving.scoring import NUMBERS, loaded, people, saved

pytestmark = pytest.mark.usefixtures("local")
TRAIN = customers(400, 1)


@pytest.fixture(scope="module")
def project(shared_project: Project) -> Project:
    return shared_project


@pytest.fixture(scope="module", autouse=True)
def models(project: Project) -> dict[str, Any]:
    """churn@1 and 2 tell probabilities, spent@1 a number, groups@1 neither; bare@1 has no signature, and
    ruled@1 is a function."""
    X = TRAIN[NUMBERS]
    weak = LogisticRegression(C=1e-4).fit(X, TRAIN["churned"])
    good = LogisticRegression(max_iter=1000).fit(X, TRAIN["churned"])
    number = LinearRegression().fit(X, TRAIN["spent"])
    register(project, "churn", weak, X.head())
    register(project, "churn", good, X.head())
    register(project, "spent", number, X.head())
    register(project, "groups", KMeans(3, n_init=1, random_state=0).fit(X))
    register(project, "bare", LogisticRegression(max_iter=1000).fit(X.to_numpy(), TRAIN["churned"]))
    python_model(project, "ruled", lambda frame: np.where(frame["age"] > 50, "old", "young"), X.head())
    return {"churn": good, "weak": weak, "spent": number}


def scored(project: Project, tmp_path: Path, model: str, data: Any, **how: Any) -> tuple[Scored, Any]:
    out = tmp_path / how.pop("out", "scored.parquet")
    found = project.predict(model, str(data) if isinstance(data, Path) else data, out, **how)
    return found, loaded(out)


@pytest.mark.parametrize("form_in", [".csv", ".parquet", ".jsonl"])
@pytest.mark.parametrize("form_out", [".csv", ".parquet", ".jsonl"])
def test_every_row_is_scored_in_order_from_and_to_every_form(
    project: Project, models: dict[str, Any], tmp_path: Path, form_in: str, form_out: str
) -> None:
    frame = people(230)
    data = saved(frame, tmp_path / f"new{form_in}")
    how = {"record": False, "chunk": 50, "out": f"scored{form_out}"}
    found, rows = scored(project, tmp_path, "churn@2", data, **how)
    assert (found.rows, found.answered, found.model) == (230, {"churn@2": 230}, "churn@2")
    assert list(rows) == [*frame, "prediction", "probability_no", "probability_yes", "model_version"]
    pd.testing.assert_frame_equal(rows[list(frame)], frame, check_dtype=False)
    assert rows["prediction"].tolist() == models["churn"].predict(frame[NUMBERS]).tolist()
    told = rows[["probability_no", "probability_yes"]].to_numpy()
    np.testing.assert_allclose(told, models["churn"].predict_proba(frame[NUMBERS]), rtol=1e-9)
    assert set(rows["model_version"]) == {"churn@2"}


def test_chunks_make_no_difference(project: Project, tmp_path: Path) -> None:
    frame = people(120).assign(
        seen=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(120) // 60 * 3600, unit="s"),
        note=[None] * 60 + ["a", 'quo"te, comma'] * 30,
        tags=[None] * 60 + [["x", "y"]] * 60,
    )
    for ending in (".parquet", ".jsonl"):
        whole = scored(project, tmp_path, "churn@2", frame, record=False, out=f"one{ending}")
        parts = scored(project, tmp_path, "churn@2", frame, record=False, out=f"many{ending}", chunk=7)
        pd.testing.assert_frame_equal(whole[1], parts[1])
    scored(project, tmp_path, "churn@2", frame, record=False, out="one.csv")
    scored(project, tmp_path, "churn@2", frame, record=False, out="many.csv", chunk=7)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()


def test_models_of_every_kind_say_what_they_say(
    project: Project, models: dict[str, Any], tmp_path: Path
) -> None:
    frame = people(40)
    _, numbers = scored(project, tmp_path, "spent", frame, record=False, columns="none")
    assert list(numbers) == ["prediction", "model_version"]
    np.testing.assert_allclose(numbers["prediction"], models["spent"].predict(frame[NUMBERS]))
    _, groups = scored(project, tmp_path, "groups", frame, record=False)
    assert set(groups["prediction"]) <= {0, 1, 2}
    found, bare = scored(project, tmp_path, "bare", frame[NUMBERS], record=False)
    assert bare["prediction"].tolist() == models["churn"].predict(frame[NUMBERS]).tolist()
    assert found.notes == ("bare@1 has no signature: its columns were not checked",)
    _, ruled = scored(project, tmp_path, "ruled", frame, record=False)
    assert ruled["prediction"].tolist() == np.where(frame["age"] > 50, "old", "young").tolist()


def test_data_without_rows_give_the_columns(project: Project, tmp_path: Path) -> None:
    frame = people(5)
    saved(frame.head(0), tmp_path / "none.csv")
    for out in ("a.csv", "b.parquet", "c.jsonl"):
        found = project.predict("churn@2", str(tmp_path / "none.csv"), tmp_path / out, record=False)
        assert (found.rows, found.answered) == (0, {"churn@2": 0})
    names = [*frame, "prediction", "probability_no", "probability_yes", "model_version"]
    assert list(loaded(tmp_path / "a.csv")) == list(loaded(tmp_path / "b.parquet")) == names
    assert (tmp_path / "c.jsonl").read_text() == ""
    saved(frame.head(0).drop(columns="age"), tmp_path / "less.csv")
    with pytest.raises(Refused, match="lack a column that churn@2 needs: age"):
        project.predict("churn@2", str(tmp_path / "less.csv"), tmp_path / "d.csv", record=False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"age": None}, "lack a column that churn@2 needs: age"),
        ({"age": "old"}, r"needs numbers, but 100 values are none, e.g. 'old' in row 1$"),
        ({"age": 2.5}, r"needs whole numbers, but they are not whole in rows 1, 2, 3, 4, 5 and more"),
    ],
)
def test_what_the_signature_does_not_allow_is_refused(
    project: Project, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    frame = people(100).assign(**change)
    frame = frame.drop(columns=[name for name, value in change.items() if value is None])
    with pytest.raises(Refused, match=told):
        project.predict("churn@2", frame, tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


def test_an_error_in_a_late_chunk_names_the_row_and_leaves_the_old_file(
    project: Project, tmp_path: Path
) -> None:
    frame = people(100)
    frame["age"] = frame["age"].astype(float)
    frame.loc[[71, 73], "age"] = np.nan
    out = tmp_path / "out.csv"
    with pytest.raises(
        Refused, match=r"'age': churn@2 needs whole numbers, but they are missing in rows 72, 74$"
    ):
        project.predict("churn@2", frame, out, chunk=10, record=False)
    assert not list(tmp_path.iterdir())
    out.write_text("old\n")
    with pytest.raises(Refused):
        project.predict("churn@2", frame, out, chunk=10, record=False)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old\n"]


def test_names_that_are_taken_are_refused_and_a_prefix_mends_it(project: Project, tmp_path: Path) -> None:
    frame = people(20).assign(prediction="mine", model_version="mine")
    with pytest.raises(Refused, match="has a column 'prediction' of its own") as caught:
        project.predict("churn@2", frame, tmp_path / "out.csv", record=False)
    assert "--prefix" in str(caught.value.hint)
    _, rows = scored(project, tmp_path, "churn@2", frame, record=False, prefix="scored_")
    assert set(rows["prediction"]) == {"mine"}
    assert {"scored_prediction", "scored_probability_yes", "scored_model_version"} <= set(rows)
    _, rows = scored(project, tmp_path, "churn@2", frame, record=False, columns="key", key=["id"])
    assert list(rows) == ["id", "prediction", "probability_no", "probability_yes", "model_version"]


def test_what_cannot_be_written_is_refused_before_anything_is_read(project: Project, tmp_path: Path) -> None:
    data = saved(people(10), tmp_path / "new.csv")
    (tmp_path / "link.csv").symlink_to(data)
    before = data.read_bytes()
    for out, told in {
        "new.csv": "is the data that are to be scored",
        "link.csv": "is the data that are to be scored",
        "out.xlsx": "no table can be written so",
        "no/out.csv": "no such folder",
    }.items():
        with pytest.raises(Refused, match=told):
            project.predict("churn@2", str(data), tmp_path / out)
    with pytest.raises(UsageError, match="0 rows at a time are none"):
        project.predict("churn@2", str(data), tmp_path / "out.csv", chunk=0)
    with pytest.raises(NotFound, match="no version or alias 'nobody'"):
        project.predict("churn@nobody", str(data), tmp_path / "out.csv")
    assert data.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv", "new.csv"]


def test_an_output_keeps_its_permissions_and_its_link(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "real.csv"
    target.write_text("old\n")
    target.chmod(0o640)
    (tmp_path / "out.csv").symlink_to(target)
    project.predict("churn@2", people(10), tmp_path / "out.csv", record=False)
    assert (tmp_path / "out.csv").is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert len(loaded(target)) == 10


def test_values_that_a_form_cannot_hold_are_refused(project: Project, tmp_path: Path) -> None:
    infinite = people(10).assign(score=[1.0] * 9 + [np.inf])
    with pytest.raises(MLOpsError, match="'score' holds infinite numbers"):
        project.predict("churn@2", infinite, tmp_path / "out.jsonl", record=False)
    mixed = people(10).assign(mixed=[1] * 5 + ["a"] * 5)
    with pytest.raises(MLOpsError, match="out.parquet cannot hold what is there"):
        project.predict("churn@2", mixed, tmp_path / "out.parquet", record=False, chunk=5)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_a_disk_that_is_full_leaves_the_old_file(project: Project, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"out{ending}"
    out.write_text("old\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(MLOpsError, match=r"out\.\w+ cannot be written: .*[Ff]ile too large") as caught:
            project.predict("churn@2", people(3000), out, record=False, chunk=500)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.exit_code == 4
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old\n"]


def test_the_command_says_what_it_did(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    saved(people(30), tmp_path / "new.csv")
    words = ["predict", "churn@2", "--in", str(tmp_path / "new.csv"), "--out", str(tmp_path / "s.parquet")]
    assert main([*words, "--no-record", "--columns", "none"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith("churn@2: 30 rows of ")
    assert next(iter(loaded(tmp_path / "s.parquet"))) == "prediction"
    assert main([*words, "--split", "2=a"]) == 2
    assert "--split 2=a: not an alias and a share" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"columns": "junk"}, "'junk' are no columns to write"),
        ({"chunk": 1.5}, "1.5 rows at a time are none"),
        ({"split": {"2": "x"}, "key": ["id"]}, "'2': 'x' is no share"),
        ({"split": {"2": float("nan")}, "key": ["id"]}, "nan is no share"),
        ({"split": [("2", 0.5)], "key": ["id"]}, "are no shares"),
        ({"prefix": None}, "None begins no name"),
        ({"key": [1]}, "1 is no name of a column"),
        ({"model": None}, "None names no model"),
    ],
)
def test_what_a_caller_in_python_may_get_wrong_is_told(
    project: Project, tmp_path: Path, how: dict[str, Any], told: str
) -> None:
    given = {"model": "churn@1", "data": people(5), "output": tmp_path / "out.csv", "record": False, **how}
    with pytest.raises(UsageError, match=told):
        project.predict(**given)
    assert not list(tmp_path.iterdir())


def test_a_key_of_one_column_may_be_given_as_its_name(project: Project, tmp_path: Path) -> None:
    _, rows = scored(project, tmp_path, "churn@2", people(5), record=False, columns="key", key="id")
    assert rows.columns[0] == "id"
    with pytest.raises(UsageError, match="None names no model"):
        project.load_model(None)  # type: ignore[arg-type]


def test_several_columns_of_one_name_are_refused(project: Project, tmp_path: Path) -> None:
    doubled = pd.concat([people(5), people(5, seed=6)[["age"]]], axis=1)
    for frame in (doubled, people(5).set_index("age", drop=False)):
        with pytest.raises(Refused, match="several columns are 'age'"):
            project.predict("churn@2", frame, tmp_path / "out.csv", record=False)


def test_a_model_that_answers_under_an_index_is_taken_by_it(project: Project, tmp_path: Path) -> None:
    example = TRAIN[NUMBERS].head()
    python_model(project, "sorts", lambda f: f.sort_values("tenure")["tenure"], example)
    python_model(project, "resets", lambda f: f["tenure"].reset_index(drop=True), example)
    python_model(project, "numbers", lambda f: f.set_index("age")["tenure"], example)
    frame = people(40).sample(frac=1.0, random_state=1)
    for model in ("sorts", "resets"):
        _, rows = scored(project, tmp_path, model, frame.reset_index(drop=True), record=False, chunk=7)
        assert rows["prediction"].tolist() == rows["tenure"].tolist()
    opened = open_model(project.store, "sorts")
    assert opened.predict(frame).tolist() == frame["tenure"].tolist()
    with pytest.raises(Refused, match="numbers@1 answers under an index that is not that of the rows"):
        project.predict("numbers", frame, tmp_path / "out.csv", record=False)
