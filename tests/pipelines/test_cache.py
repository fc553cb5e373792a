"""A step whose ingredients are what they were is not run; for each kind of change just what depends on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import PipelineRun
from tests.conftest import cell, write
from tests.pipelines.conftest import PREPARE, REPORT, STEPS, TRAIN, Piped, ran, states

ALL = {"prepare", "train", "report"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose pipeline has run once."""
    root = tmp_path_factory.mktemp("made") / "project"
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        piped = Piped(root)
        assert ran(piped.run()) == ALL
    return root


@pytest.fixture
def piped(made: Path, local: None) -> Piped:
    """The project as it was after the first run: every test begins with a cached pipeline."""
    saved = made.with_name("saved")
    if saved.exists():
        shutil.rmtree(made)
        shutil.copytree(saved, made, symlinks=True)
    else:
        shutil.copytree(made, saved, symlinks=True)
    found = object.__new__(Piped)
    found.root = made
    return found


def why(found: PipelineRun, name: str) -> str:
    return found.step(name).why


def test_a_second_run_starts_no_kernel(piped: Piped, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_mlops.pipelines.engines.local import LocalEngine

    monkeypatch.setattr(LocalEngine, "submit", lambda *_: pytest.fail("a step was begun"))
    found = piped.run()
    assert set(states(found).values()) == {"cached"}
    assert "nothing changed since run" in why(found, "train")
    assert found.exit_code == 0
    assert piped.read("build/report.txt") == "report: 3 1.0"


def edit_cell(piped: Piped) -> None:
    piped.notebook("train", "features = ''\nmodel = ''\nC: float = 1.0", TRAIN.replace("{C}", "{C * 2}"))


def add_cell(piped: Piped) -> None:
    piped.notebook("report", "model = ''\nreport = ''", REPORT, "more = 1")


def remove_cell_of_train(piped: Piped) -> None:
    piped.notebook("train", "features = ''\nmodel = ''\nC: float = 2.0", TRAIN)


def edit_helper(piped: Piped) -> None:
    piped.write("nb/helper.py", "def change(word):\n    return word.lower()\n")


def add_data(piped: Piped) -> None:
    piped.write("raw.txt", "one two three four")


def declare_parameter(piped: Piped) -> None:
    piped.declare(STEPS.replace("nb/train.ipynb", "nb/train.ipynb\n  parameters: {C: 3.0}"))


def declare_kernel(piped: Piped) -> None:
    piped.declare(STEPS.replace("  outputs: {report", "  kernel: python3\n  outputs: {report"))


@pytest.mark.parametrize(
    ("change", "runs", "told"),
    [
        (edit_cell, {"train", "report"}, "cell 2 changed"),
        (add_cell, {"report"}, "cell 3 is new"),
        (remove_cell_of_train, {"train", "report"}, "cell 1 changed"),
        (edit_helper, ALL - {"train", "report"} | {"prepare", "train"}, "helper nb/helper.py changed"),
        (add_data, ALL, "input raw changed"),
        (declare_parameter, {"train", "report"}, "parameter C: default → 3.0"),
        (declare_kernel, set(), ""),
    ],
)
def test_what_depends_on_a_change_runs_and_nothing_else(
    piped: Piped, change: Callable[[Piped], None], runs: set[str], told: str
) -> None:
    change(piped)
    shown = piped.show()
    found = piped.run()
    assert ran(found) == runs
    if runs:
        first = next(step.name for step in found.steps if step.name in runs)
        assert told in why(found, first)
        assert told in why(shown, first)
        assert states(shown)[first] == "stale"
    assert set(states(piped.run()).values()) == {"cached"}


def test_an_unchanged_output_leaves_what_comes_after_cached(piped: Piped) -> None:
    piped.write("nb/helper.py", "def change(word):\n    return word.upper().strip()\n")
    found = piped.run()
    assert states(found) == {"prepare": "finished", "train": "cached", "report": "cached"}


@pytest.mark.parametrize("name", ["prepare", "train"])
def test_comments_outputs_and_prose_change_nothing(piped: Piped, name: str) -> None:
    parameters = {"prepare": "raw = ''\nfeatures = ''", "train": "features = ''\nmodel = ''\nC: float = 1.0"}
    source = {"prepare": PREPARE, "train": TRAIN}[name]
    cells = [
        cell("# prose", kind="markdown"),
        cell(parameters[name] + "  # a comment", "parameters"),
        cell("# only a comment"),
        cell(f"\n# why\n{source}\n\n"),
    ]
    write(piped.root / "nb" / f"{name}.ipynb", cells)
    piped.write("nb/helper.py", "# a comment\ndef change(word):\n\n    return word.upper()\n")
    assert set(states(piped.run()).values()) == {"cached"}


def test_an_output_that_was_tampered_with_is_put_back(piped: Piped) -> None:
    piped.write("build/model.txt", "mine")
    (piped.root / "build/report.txt").unlink()
    found = piped.run()
    assert set(states(found).values()) == {"cached"}
    assert "put back: model" in why(found, "train")
    assert piped.read("build/model.txt") == "3 1.0"
    assert piped.read("build/report.txt") == "report: 3 1.0"


def test_a_kept_output_that_was_damaged_is_made_again(piped: Piped) -> None:
    for content in (piped.root / ".mlops/outputs").glob("*/*/content"):
        content.write_text("damaged", encoding="utf-8")
    piped.write("build/model.txt", "mine")
    found = piped.run()
    assert states(found) == {"prepare": "cached", "train": "finished", "report": "cached"}
    assert "output model is not kept any more" in why(found, "train")


def test_going_back_and_forth_hits_the_cache(piped: Piped) -> None:
    before = piped.read("nb/train.ipynb")
    edit_cell(piped)
    assert ran(piped.run()) == {"train", "report"}
    assert piped.read("build/model.txt") == "3 2.0"
    piped.write("nb/train.ipynb", before)
    assert set(states(piped.run()).values()) == {"cached"}
    assert piped.read("build/model.txt") == "3 1.0"
    assert piped.read("build/report.txt") == "report: 3 1.0"


def test_a_package_of_another_version_makes_a_step_stale(
    piped: Piped, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_mlops.pipelines import environment

    known = environment.installed()
    monkeypatch.setattr(environment, "installed", lambda: {**known, "ipykernel": "0.1"})
    found = piped.show()
    assert states(found)["prepare"] == "stale"
    assert f"package ipykernel {known['ipykernel']} → 0.1" in why(found, "prepare")


def test_a_helper_that_is_gone_makes_a_step_stale(piped: Piped) -> None:
    (piped.root / "nb/helper.py").unlink()
    assert "helper nb/helper.py is gone" in why(piped.show(), "prepare")


@pytest.mark.parametrize("name", ["nb/helper/__init__.py", "helper.py"])
def test_a_module_that_may_stand_in_for_a_helper_makes_a_step_stale(piped: Piped, name: str) -> None:
    piped.write(name, "def change(word):\n    return 'other'\n")
    assert "is new, and may stand in for another" in why(piped.show(), "prepare")


def test_a_notebook_that_is_moved_is_run_again(piped: Piped) -> None:
    (piped.root / "sub").mkdir()
    (piped.root / "nb/report.ipynb").rename(piped.root / "sub/report.ipynb")
    piped.declare(STEPS.replace("nb/report.ipynb", "sub/report.ipynb"))
    assert why(piped.show(), "report") == "folder: nb → sub"


def test_the_reason_is_told_against_what_is_most_like_it(piped: Piped) -> None:
    piped.write("raw.txt", "of another branch")
    piped.run()
    piped.write("raw.txt", "one two three")
    edit_cell(piped)
    assert why(piped.run(), "train") == "cell 2 changed"


def test_what_no_step_has_made_is_set_aside_and_not_lost(piped: Piped) -> None:
    piped.write("build/report.txt", "my own words")
    found = piped.run()
    assert "what lay there is kept in .mlops/replaced/" in why(found, "report")
    kept = list((piped.root / ".mlops/replaced").glob("*/build/report.txt"))
    assert [path.read_text() for path in kept] == ["my own words"]
    assert piped.read("build/report.txt") == "report: 3 1.0"


def test_a_file_that_is_run_counts_as_code(piped: Piped) -> None:
    piped.write("nb/setup.py", "factor = 1")
    source = "%run setup.py\n" + TRAIN.replace("{C}", "{C * factor}")
    piped.notebook("train", "features = ''\nmodel = ''\nC: float = 1.0", source)
    piped.run()
    assert piped.read("build/model.txt") == "3 1.0"
    piped.write("nb/setup.py", "factor = 2")
    assert "cell 2 changed" in why(piped.run(), "train")
    assert piped.read("build/model.txt") == "3 2.0"


def test_rows_that_were_added_are_counted(piped: Piped) -> None:
    piped.write("raw.csv", "a,b\n1,2\n3,4\n")
    piped.declare(STEPS.replace("raw.txt", "raw.csv"))
    piped.run()
    piped.write("raw.csv", "a,b\n1,2\n3,4\n5,6\n7,8\n")
    assert "input raw: +2 rows" in why(piped.show(), "prepare")


def test_force_runs_what_is_cached(piped: Piped) -> None:
    found = piped.run(force=True, only=["train"])
    assert states(found) == {"prepare": "not run", "train": "finished", "report": "not run"}
    assert "--force" in why(found, "train")


def test_from_a_step_on(piped: Piped) -> None:
    edit_helper(piped)
    found = piped.run(start="train")
    assert states(found) == {"prepare": "not run", "train": "cached", "report": "cached"}


def test_a_helper_edited_while_the_step_ran_is_not_trusted(piped: Piped) -> None:
    piped.notebook(
        "prepare",
        "raw = ''\nfeatures = ''",
        PREPARE + "\nopen('helper.py', 'a').write('\\nx = 1\\n')",
    )
    piped.run()
    found = piped.show()
    assert "helper nb/helper.py changed" in why(found, "prepare")


def test_what_is_old_is_freed_and_made_again(piped: Piped) -> None:
    project = Project(piped.root)
    assert project.collect_garbage(3600.0) == []
    shown = project.collect_garbage(0.0)
    assert len(shown) == 3
    assert not any(each.freed for each in shown)
    assert set(states(piped.show()).values()) == {"cached"}
    freed = project.collect_garbage(0.0, free=True)
    assert {each.digest for each in freed} == {each.digest for each in shown}
    assert not list((piped.root / ".mlops/outputs").glob("*/*/content"))
    # what is published is taken over again; what is not is made again
    (piped.root / "build/report.txt").unlink()
    found = piped.run()
    assert states(found) == {"prepare": "cached", "train": "cached", "report": "finished"}
