"""`jupyter mlops dataset ...` and `%track data`: what a person types and sees."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.entities import (
    ColumnDiff,
    ColumnKind,
    ColumnProfile,
    DataDiff,
    DatasetDetails,
    DatasetVersion,
    Impact,
    ImpactDifference,
    ImpactVersion,
    Profile,
    RowDiff,
    Shift,
)
from jupyter_mlops.views import show
from tests.conftest import Live

pytestmark = pytest.mark.usefixtures("local")

Printed = pytest.CaptureFixture[str]


def dataset(*words: str) -> int:
    return main(["dataset", *words])


def customers(folder: Path, *rows: str) -> None:
    (folder / "customers.csv").write_text("\n".join(["id,age,[red]place", *rows]) + "\n", encoding="utf-8")


def test_a_dataset_is_added_listed_shown_tagged_and_compared(folder: Path, capsys: Printed) -> None:
    assert dataset("list") == 0
    assert "no dataset version yet" in capsys.readouterr().out
    customers(folder, "1,30,[bold]", "2,40,[bold]")
    assert dataset("add", "customers.csv", "--key", "id", "--tag", "owner=growth") == 0
    said = capsys.readouterr()
    assert "customers@1: a new version" in said.err
    assert "owner=growth" in said.out
    customers(folder, "1,31,[bold]", "3,50,b")
    assert dataset("add", "customers.csv", "--key", "id", "--json") == 0
    assert json.loads(capsys.readouterr().out)["number"] == 2
    assert dataset("tag", "customers@2", "pii=yes", "--tag", "licence=own", "--json") == 0
    assert json.loads(capsys.readouterr().out)["tags"] == {"licence": "own", "pii": "yes"}
    assert dataset("list", "customers") == 0
    shown = capsys.readouterr().out
    assert "customers@1" in shown
    assert "licence=own, pii=yes" in shown
    assert dataset("show", "customers@1") == 0
    shown = capsys.readouterr().out
    for text in ("[red]place", "owner=growth", "number", "category", "[bold] (2)"):
        assert text in shown
    assert "no run has used it" in shown
    assert dataset("diff", "customers@1", "customers@2") == 0
    shown = capsys.readouterr().out
    assert "2 -> 2 rows, 1 added, 1 removed, 1 changed, matched by id" in shown
    assert "~ id 1  age: 30 -> 31" in shown
    assert dataset("lineage", "customers") == 0
    assert "came from: nothing that is known" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["add"], "dataset add takes FILE"),
        (["add", "nothing.csv"], "no such file: nothing.csv"),
        (["add", "x.csv", "--sql", "select 1"], "x.csv is no database"),
        (["list", "custmers"], "did you mean 'customers'?"),
        (["show", "customers@7"], "did you mean 'customers@1'?"),
        (["tag", "customers", "pii"], "'pii' is not NAME=VALUE"),
        (["tag", "customers"], "no tag was named"),
        (["diff", "customers"], "dataset diff takes"),
        (["diff", "customers@1", "customers.csv", "--key", "agee"], "agee"),
        (["lineage", "nobody"], "no dataset and no model 'nobody'"),
        (["impact", "customers"], "add e.g. --metric accuracy"),
        (["impact", "customers", "--metric", "accuracy"], "no finished run read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    folder: Path, capsys: Printed, words: list[str], problem: str
) -> None:
    customers(folder, "1,2,a")
    Project().datasets.add("customers.csv")
    customers(folder, "1,3,a")
    assert dataset(*words) == 2
    said = capsys.readouterr()
    assert problem in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_cell_records_what_it_read_and_made(live: Live, folder: Path, capsys: Printed) -> None:
    customers(folder, "1,30,a", "2,40,b")
    Project().datasets.add("customers.csv", tags={"owner": "ana"})
    live.run("import pandas as pd")
    live.run("%track start --no-autolog", "s")
    assert "customers@1: 2 rows, 3 columns" in live.run("%track data customers.csv --context training", "a")
    live.run("made = pd.read_csv('customers.csv').assign(old=True)")
    said = live.run("%track data made --wrote --key id --any-order --tag pii=no", "b")
    assert "made@1: 2 rows, 4 columns" in said
    assert "made@2: 1 rows" in live.run("%track data made[:1] --name made --context test", "c")
    assert "made@1" in live.run("%track data made@1", "d")
    assert "no variable, dataset or file 'nothing'" in live.run("%track data nothing", "e")
    live.run("place = 'customers.csv'", "f")
    assert "customers@1: 2 rows, 3 columns" in live.run("%track data place", "g")
    live.run("%track stop")
    details = Project().show("latest")
    linked = {version.label: version for version in details.datasets}
    assert set(linked) == {"customers@1", "made@1", "made@2"}
    assert (linked["customers@1"].context, linked["customers@1"].tags) == ("training", {"owner": "ana"})
    assert (linked["made@1"].wrote, linked["made@1"].key, linked["made@1"].ordered) == (True, ("id",), False)
    assert (linked["made@2"].wrote, linked["made@2"].context) == (False, "test")
    (run,) = Project().runs(where=f"dataset.digest = '{linked['made@1'].digest}'")
    assert run.run_id == details.run.run_id
    assert dataset("lineage", "customers@1") == 0
    shown = capsys.readouterr().out
    assert "read by as training" not in shown
    assert "read as training by run" in shown
    assert "wrote made@1" in shown


def test_a_diff_and_an_impact_are_shown_with_all_that_they_tell(capsys: Printed) -> None:
    column = ColumnDiff(
        name="[b]age",
        change="retyped",
        left_dtype="int64",
        right_dtype="float64",
        changed=3,
        shift=Shift(measure="normed Wasserstein", effect=0.42, size="medium"),
    )
    row = RowDiff(change="added", key={"id": "7"}, right={"age": "[i]9"})
    found = DataDiff(
        left="a@1", right="a@2", identical=False, left_rows=1000, right_rows=2000, added=1000, reordered=True,
        columns=(column, ColumnDiff(name="same", change="same")), examples=(row,), notes=("a note",),
    )  # fmt: skip
    show(found)
    shown = capsys.readouterr().out
    for text in (
        "a@1 -> a@2: 1,000 -> 2,000 rows, 1,000 added, in another order",
        "[b]age", "int64 -> float64", "medium (normed Wasserstein 0.42)", "a note", "+ id 7  age: [i]9",
        "1 column with the same values",
    ):  # fmt: skip
        assert text in shown
    show(found.model_copy(update={"identical": True, "columns": (), "examples": ()}))
    assert "a@1 -> a@2: the same content" in capsys.readouterr().out
    version = DatasetVersion(name="a", digest="d", rows=10, number=1)
    impact = Impact(
        dataset="a",
        metric="[b]acc",
        versions=(ImpactVersion(version=version, runs=("r", "s"), mean=0.5, low=0.25, high=0.75),),
        differences=(ImpactDifference(left="a@1", right="a@2", pairs=2, verdict="a@2 better by 0.1"),),
    )
    show(impact)
    shown = capsys.readouterr().out
    for text in ("[b]acc", "a@1", "0.25 to 0.75", "a@1 -> a@2: a@2 better by 0.1"):
        assert text in shown


def test_a_folder_that_cannot_be_made_is_said_in_words(folder: Path, capsys: Printed) -> None:
    customers(folder, "1,30,a")
    (folder / ".mlops").write_text("in the way", encoding="utf-8")
    assert dataset("add", "customers.csv") == 2
    assert "cannot be made: File exists" in capsys.readouterr().err


def test_a_project_that_is_read_only_is_told_in_words(folder: Path, capsys: Printed) -> None:
    customers(folder, "1,30,a")
    assert dataset("add", "customers.csv", "--name", "before") == 0
    (folder / ".mlops").chmod(0o500)
    if os.access(folder / ".mlops", os.W_OK):
        pytest.skip("nothing is read-only to root")
    try:
        assert dataset("add", "customers.csv") == 2
    finally:
        (folder / ".mlops").chmod(0o700)
    assert f"the project folder {folder} is read-only" in " ".join(capsys.readouterr().err.split())


def test_wide_data_are_added_and_the_first_columns_shown(folder: Path, capsys: Printed) -> None:
    names = ",".join(f"c{number}" for number in range(150))
    (folder / "wide.csv").write_text(f"{names}\n{',1' * 149}\n", encoding="utf-8")
    assert dataset("add", "wide.csv") == 0
    capsys.readouterr()
    assert dataset("show", "wide") == 0
    shown = capsys.readouterr().out
    assert "c99 " in shown
    assert "c100" not in shown
    assert "... 50 more columns, see --json" in shown


def test_a_list_is_read_at_80_columns(folder: Path, capsys: Printed) -> None:
    from rich.console import Console

    from jupyter_mlops.views.data import show_versions

    long = "customers_of_the_north"
    version = DatasetVersion(
        name=long, digest="0123456789abcdef", rows=1_234_567, size=123_000, number=12,
        source="data/raw/customers.csv", tags={"owner": "growth", "licence": "own"}, schema_={"a": "int64"},
    )  # fmt: skip
    for width, left_out in ((200, ()), (100, ("SOURCE",)), (80, ("SOURCE", "DIGEST")), (40, ("SOURCE",))):
        console = Console(width=width)
        show_versions(console, [version])
        header, row = capsys.readouterr().out.splitlines()[:2]
        assert row.startswith(f"{long}@12"[: width // 2 - 1])
        assert "1,234,567" in row
        assert all(title not in header for title in left_out)
    assert "data/raw/customers.csv" not in row


def test_a_count_that_is_not_known_is_large(capsys: Printed) -> None:
    column = ColumnProfile(name="id", dtype="int64", kind=ColumnKind.NUMBER, count=20_000)
    version = DatasetVersion(name="a", digest="d", rows=20_000)
    show(DatasetDetails(version=version, profile=Profile(rows=20_000, columns=(column,))))
    assert ">10,000" in capsys.readouterr().out


def test_options_of_other_actions_are_refused(folder: Path, capsys: Printed) -> None:
    customers(folder, "1,30,a")
    for words, problem in (
        (["list", "--key", "a"], "--key belongs to dataset add and diff"),
        (["show", "customers", "--sql", "select 1"], "--sql belongs to dataset add"),
        (["add", "customers.csv", "--metric", "rmse"], "--metric belongs to dataset impact"),
        (["lineage", "customers", "--any-order"], "--any-order belongs to dataset add"),
    ):
        assert dataset(*words) == 2
        assert problem in capsys.readouterr().err


def test_a_tag_that_was_not_there_is_told(folder: Path, capsys: Printed) -> None:
    customers(folder, "1,30,a")
    assert dataset("add", "customers.csv", "--tag", "owner=ana") == 0
    assert dataset("tag", "customers", "--remove", "ownr") == 0
    assert "customers@1 had no tag 'ownr': did you mean 'owner'?" in capsys.readouterr().err


def test_help_has_a_line_for_each_action(capsys: Printed) -> None:
    with pytest.raises(SystemExit):
        dataset("--help")
    shown = capsys.readouterr().out.splitlines()
    assert "  list [NAME]                 the versions of all datasets, or of one" in shown
    assert any(line.startswith("  impact NAME --metric M ") for line in shown)


def test_nearly_all_numbers_are_told(folder: Path, capsys: Printed) -> None:
    values = ["1"] * 5000 + ["x"] + ["2"] * 5000
    rows = "\n".join(f'{value},"a\nb",{place}' for place, value in enumerate(values))
    (folder / "mixed.csv").write_text(f"v,text,n\n{rows}\n", encoding="utf-8")
    assert dataset("add", "mixed.csv") == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "v: 1 of 10,001 values is no number, first in line 10,002: all are taken for texts" in said
    assert "text:" not in said


def test_what_cannot_be_meant_is_refused(folder: Path, capsys: Printed) -> None:
    (folder / "quote.csv").write_text('a,b\n1,x\n2,"y\n3,z\n4,w\n', encoding="utf-8")
    (folder / "twice.jsonl").write_text('{"a": 1}\n{"a": 1, "a": 2}\n', encoding="utf-8")
    (folder / "link.csv").symlink_to("gone.csv")
    for what, problem in (
        ("quote.csv", "quote.csv: line 3: a quote is opened there and never closed"),
        ("twice.jsonl", "twice.jsonl: line 2: 'a' is there twice"),
        ("link.csv", "link.csv is a link to nothing: there is no gone.csv (mend the link)"),
        ("sqlite:///s.db", "sqlite:///s.db is a database (give --sql"),
        ("", "no data were named"),
    ):
        assert dataset("add", what) == 2
        assert problem in " ".join(capsys.readouterr().err.split())
