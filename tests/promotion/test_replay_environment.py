"""An environment is rebuilt from a run's record, whole or not at all, or it is said why not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_mlops.entities import Provenance, ReplayVerdict
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.replaying.environment import Environment, rebuilt, wanted
from jupyter_mlops.provenance import capture
from tests.conftest import cell, write

pytestmark = pytest.mark.usefixtures("local")
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Provenance:
    return capture(tmp_path_factory.mktemp("nowhere"), None)


def record(known: Provenance, **fields: object) -> Provenance:
    return known.model_copy(update=fields)


def nobody(line: str) -> None:
    """Nobody is told."""


def test_what_was_imported_is_wanted_in_its_version_and_the_rest_only_where_it_is_needed(
    known: Provenance,
) -> None:
    packages = {"Numpy": "2.0.1", "jupyter-mlops": "0.1"}
    installed = {**packages, "pandas": "2.2.0", "ipykernel": "7.0", "broken": ""}
    found = wanted(record(known, packages=packages, installed=installed))
    assert found.packages == ("ipykernel==7.0", "numpy==2.0.1")
    assert found.constraints == ("ipykernel==7.0", "numpy==2.0.1", "pandas==2.2.0")
    assert found.ours
    assert found.python == HERE
    again = wanted(record(known, packages=packages, installed={**installed, "pandas": "2.2.1"}))
    assert again.digest != found.digest
    assert not wanted(record(known, packages={}, installed=installed)).ours


def test_another_python_is_refused(folder: Path, known: Provenance) -> None:
    with pytest.raises(Refused, match="the run was on Python 2.99, and there is no python2.99 here"):
        rebuilt(Project(folder).store, record(known, python="2.99.1"), nobody)


def test_a_run_that_recorded_no_packages_is_refused(folder: Path, known: Provenance) -> None:
    for provenance in (None, record(known, installed={})):
        with pytest.raises(Refused, match="recorded no packages"):
            rebuilt(Project(folder).store, provenance, nobody)


def test_a_package_that_cannot_be_had_is_named_and_nothing_half_made_is_left(
    folder: Path, known: Provenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    versions = {"ipykernel": "7.0", "never-made": "1.2.3"}
    provenance = record(known, packages=versions, installed=versions)
    with pytest.raises(Refused, match=r"rebuilt: (ipykernel==7.0|never-made==1.2.3) cannot be installed"):
        rebuilt(Project(folder).store, provenance, nobody)
    left = [path.name for path in (folder / ".mlops" / "environments").iterdir()]
    assert left == [f"{wanted(provenance).digest}.lock"]


def test_a_kernel_is_known_only_while_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(tmp_path, "mlops-x")
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    with environment.found(), environment.found():
        assert os.environ["JUPYTER_PATH"].split(os.pathsep)[0] == str(tmp_path / "share" / "jupyter")
    assert "JUPYTER_PATH" not in os.environ
    monkeypatch.setenv("JUPYTER_PATH", "/somewhere")
    with environment.found():
        pass
    assert os.environ["JUPYTER_PATH"] == "/somewhere"


@pytest.mark.long("half a minute")
@pytest.mark.timeout(600)
def test_a_notebook_runs_again_in_its_own_environment_which_is_made_once(folder: Path) -> None:
    write(folder / "work.ipynb", [cell("import sys"), cell("sys.prefix"), cell("print(sum(range(10)))")])
    project = Project(folder)
    run = project.run(folder / "work.ipynb")
    told: list[str] = []
    found = project.reproduce(run.run_id, env=True, report=told.append)
    if "cannot be installed" in found.reason and not os.environ.get("CI"):
        pytest.skip(f"there is no index of packages here: {found.reason}")
    assert found.rebuilt
    assert found.verdict is ReplayVerdict.DIFFERENT  # no metrics, and another prefix: nothing else differs
    (only,) = found.cells
    assert only.number == 2
    assert str(folder / ".mlops" / "environments") in only.diff
    assert found.environment == ()
    assert any("packages is made" in line for line in told)
    told.clear()
    project.reproduce(run.run_id, env=True, report=told.append)
    assert not any("packages is made" in line for line in told)
