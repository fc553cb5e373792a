"""What is written in a CSV file is scored, and written again, as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.project import Project
from tests.evaluation.registered import customers, register
from tests.serving.scoring import NUMBERS

pytestmark = pytest.mark.usefixtures("local")
PLACES = pd.DataFrame({"zip": ["01234", "99999", "00099", "1234"] * 25, "id": ["007", "8", "09", "10"] * 25})


@pytest.fixture(scope="module")
def project(shared_project: Project) -> Project:
    """places@1 takes zip codes, churn@1 numbers."""
    model: Any = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(C=100.0))
    model.fit(PLACES[["zip"]], ["a", "b", "a", "b"] * 25)
    register(shared_project, "places", model, PLACES[["zip"]])
    frame = customers(200, 1)
    register(
        shared_project, "churn", LogisticRegression().fit(frame[NUMBERS], frame["churned"]), frame[NUMBERS]
    )
    return shared_project


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_codes_are_scored_and_written_as_they_are(project: Project, tmp_path: Path, ending: str) -> None:
    PLACES.to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / f"out{ending}"
    project.predict("places", str(tmp_path / "new.csv"), out, chunk=7, record=False)
    if ending == ".parquet":
        rows = pd.read_parquet(out)
    else:
        rows = pd.read_csv(out, dtype=str) if ending == ".csv" else pd.read_json(out, lines=True, dtype=False)
    assert rows["zip"].tolist() == PLACES["zip"].tolist()
    assert rows["prediction"].tolist() == ["a", "b", "a", "b"] * 25


def test_codes_that_became_numbers_are_refused(project: Project, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="column 'zip': places@1 needs texts"):
        project.predict("places", PLACES.assign(zip=PLACES["zip"].astype(int)), tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


def test_what_no_model_takes_passes_from_csv_to_csv_as_it_is_written(
    project: Project, tmp_path: Path
) -> None:
    rows = ["007,1.50,True,36893488147419103232,30,2.0", "8,NA,no,1,40,3.5", ",2e3,,2,50,1"]
    (tmp_path / "new.csv").write_text("\n".join(["id,price,ok,large,age,tenure", *rows, ""]))
    out = tmp_path / "out.csv"
    project.predict("churn", str(tmp_path / "new.csv"), out, record=False, split={"1": 0.5}, key=["large"])
    written = [line.split(",")[:4] for line in out.read_text().splitlines()]
    assert written[1:] == [
        ["007", "1.50", "True", "36893488147419103232"],
        ["8", "", "no", "1"],
        ["", "2e3", "", "2"],
    ]


@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".csv"])
def test_it_is_told_where_numbers_are_too_large_to_be_written_as_such(
    project: Project, tmp_path: Path, ending: str
) -> None:
    frame = customers(3, 2)[NUMBERS].assign(n=["1", "2", "36893488147419103232"])
    frame.to_csv(tmp_path / "new.csv", index=False)
    told = "n: no type of 64 bits holds all of these whole numbers: all are taken for texts"
    for columns, notes in (("all", () if ending == ".csv" else (told,)), ("none", ())):
        out = tmp_path / f"out{ending}"
        found = project.predict("churn", str(tmp_path / "new.csv"), out, record=False, columns=columns)
        assert found.notes == notes
