"""The code that a schedule runs where it is pinned, or of a git ref."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.config import Config, load_config
from jupyter_mlops.entities import Schedule
from jupyter_mlops.exceptions import ConfigError, NotFound, Refused
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.sources import FOLDER, Source, forget, pin, source_of
from tests.conftest import cell, write

CONFIG = """
pipelines:
  p: {steps: {s: {notebook: nb/n.ipynb, outputs: {out: out.txt}, timeout: 5m}}, register: {model: m, from: s}}
"""


def planned(**fields: Any) -> Planned:
    return Planned("nightly", Schedule.model_validate({"every": 3600, "source": "pinned", **fields}))


NOTEBOOK, PIPELINE = {"notebook": "nb/n.ipynb"}, {"pipeline": "p"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "nb").mkdir()
    (tmp_path / "pkg").mkdir()
    (tmp_path / ".venv").mkdir()
    write(tmp_path / "nb" / "n.ipynb", [cell("import helper")])
    write(tmp_path / "nb" / "other.ipynb", [cell("1")])
    for name in ("nb/helper.py", "pkg/__init__.py", "pkg/table.json", "data.json", ".venv/x.py"):
        (tmp_path / name).write_text("old = 1\n", encoding="utf-8")
    (tmp_path / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def found(root: Path, plan: Planned) -> Source:
    source = source_of(root, load_config(root), plan)
    assert source is not None
    return source


def files(source: Source) -> set[str]:
    return {p.relative_to(source.files).as_posix() for p in source.files.rglob("*") if p.is_file()}


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_what_is_pinned_stays_as_it_was_until_it_is_pinned_again(root: Path) -> None:
    plan = planned(**NOTEBOOK)
    digest = pin(root, load_config(root), plan)
    (root / "nb" / "helper.py").write_text("new = 1\n", encoding="utf-8")
    source = found(root, plan)
    assert source.files.parent.name == digest
    assert (source.files / "nb" / "helper.py").read_text(encoding="utf-8") == "old = 1\n"
    assert files(source) == {"nb/n.ipynb", "nb/helper.py", "pkg/__init__.py", "pkg/table.json"}
    assert stat.S_IMODE(os.stat(source.files / "nb" / "helper.py").st_mode) == 0o600

    again = pin(root, load_config(root), plan)
    assert again != digest
    assert (found(root, plan).files / "nb" / "helper.py").read_text(encoding="utf-8") == "new = 1\n"
    assert pin(root, load_config(root), plan) == again
    forget(root, "nightly")
    assert not (root / ".mlops" / FOLDER / "nightly").exists()


def test_outputs_are_no_part_of_it_and_what_was_never_pinned_is_at_first_sight(root: Path) -> None:
    plan = planned(**NOTEBOOK)
    first = found(root, plan)
    ran = {**cell("import helper"), "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]}
    write(root / "nb" / "n.ipynb", [ran])
    assert pin(root, load_config(root), plan) == first.files.parent.name
    other = planned(notebook="nb/other.ipynb")  # mlops.yaml was edited: it runs something else
    assert "nb/other.ipynb" in files(found(root, other))


def test_a_pipeline_is_kept_as_it_was_declared(root: Path) -> None:
    before = load_config(root).pipelines["p"]
    pin(root, load_config(root), planned(**PIPELINE))
    (root / "mlops.yaml").write_text("pipelines: {p: {steps: {}}}", encoding="utf-8")
    assert found(root, planned(**PIPELINE)).pipeline == before


def test_a_ref_of_git_is_what_it_names_at_that_time(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "nb", "pkg", "mlops.yaml")
    git(root, "commit", "-qm", "first")
    (root / "nb" / "helper.py").write_text("not committed\n", encoding="utf-8")
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    source = found(root, planned(**PIPELINE, source="git:main"))
    assert source.commit == git(root, "rev-parse", "HEAD")
    assert (source.files / "nb" / "helper.py").read_text(encoding="utf-8") == "old = 1\n"
    assert files(source) == {"nb/n.ipynb", "nb/helper.py", "pkg/__init__.py", "pkg/table.json"}
    assert source.pipeline is not None
    assert source.pipeline.steps["s"].timeout == 300

    git(root, "commit", "-qam", "second")
    moved = found(root, planned(**NOTEBOOK, source="git:main"))
    assert moved.commit != source.commit
    assert (moved.files / "nb" / "helper.py").read_text(encoding="utf-8") == "not committed\n"
    with pytest.raises(NotFound, match="git knows no ref 'gone'"):
        found(root, planned(**NOTEBOOK, source="git:gone"))
    with pytest.raises(NotFound, match="git knows no ref '--help'"):
        found(root, planned(**NOTEBOOK, source="git:--help"))
    with pytest.raises(NotFound, match=r"no such notebook at main \(.*\): nb/late.ipynb"):
        found(root, planned(notebook="nb/late.ipynb", source="git:main"))
    with pytest.raises(NotFound, match="no pipeline 'p'"):
        found(root, planned(**PIPELINE, source="git:main"))
    (root / "mlops.yaml").write_text("pipelines: {}\nstorag: x\n", encoding="utf-8")
    git(root, "commit", "-qam", "third")
    broken = planned(**PIPELINE, source="git:main")
    with pytest.raises(ConfigError, match="^main:mlops.yaml: line 2: storag: unknown key"):
        source_of(root, Config(), broken)


def test_a_project_within_a_repository_is_read_from_its_own_folder(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    inner = root / "nb"
    assert files(found(inner, planned(notebook="n.ipynb", source="git:HEAD"))) == {"n.ipynb", "helper.py"}


def test_a_ref_is_of_the_projects_own_repository_also_below_a_hook_of_another(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "n.txt").write_text("1", encoding="utf-8")
    for place in (root, other):
        git(place, "init", "-q", "-b", "main")
        git(place, "add", ".")
        git(place, "commit", "-qm", place.name)
    commit = git(root, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    assert found(root, planned(**NOTEBOOK, source="git:main")).commit == commit


def test_what_cannot_be_kept_is_told(root: Path) -> None:
    with pytest.raises(NotFound, match="no such notebook"):
        pin(root, Config(), planned(notebook="gone.ipynb"))
    with pytest.raises(Refused, match="lies outside the project"):
        pin(root, Config(), planned(notebook="../n.ipynb"))
    with pytest.raises(NotFound, match="git knows no ref"):
        found(root, planned(**NOTEBOOK, source="git:main"))
    digest = pin(root, Config(), planned(**NOTEBOOK))
    os.rename(root / ".mlops" / FOLDER / "nightly" / digest, root / "away")
    with pytest.raises(NotFound, match="is pinned to is gone"):
        found(root, planned(**NOTEBOOK))


def test_nothing_is_kept_of_what_runs_no_code_or_the_files_as_they_are(root: Path) -> None:
    batch = {"model": "m", "in": "a.csv", "out": "b.csv"}
    assert pin(root, Config(), planned(predict=batch)) == ""
    assert source_of(root, Config(), planned(predict=batch)) is None
    assert source_of(root, Config(), planned(**NOTEBOOK, source="now")) is None
    assert not (root / ".mlops").exists()
