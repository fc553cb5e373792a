"""What pip and npm are told of the package agrees."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import jupyter_mlops

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "labextension"


def read_package() -> dict[str, object]:
    found = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_the_jupyterlab_extension_has_the_version_of_the_package() -> None:
    assert read_package()["version"] == jupyter_mlops.__version__


def test_where_the_bundle_is_built_is_where_jupyter_and_git_look_for_it() -> None:
    (told,) = jupyter_mlops._jupyter_labextension_paths()
    output = read_package()["jupyterlab"]["outputDir"]  # type: ignore[index]
    assert (SOURCE / output).resolve() == ROOT / "jupyter_mlops" / told["src"]
    assert told["dest"] == read_package()["name"]
    assert f"/jupyter_mlops/{told['src']}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_locked_packages_are_of_no_particular_registry() -> None:
    lock = (SOURCE / "yarn.lock").read_text(encoding="utf-8")
    assert '"react@npm:' in lock
    assert re.findall(r"https?://\S+|__archiveUrl", lock) == []


@pytest.mark.parametrize("schema", sorted(path.stem for path in (SOURCE / "schema").glob("*.json")))
def test_settings_belong_to_a_plugin(schema: str) -> None:
    # JupyterLab says nothing of settings that no plugin asks for, and shows none of them
    plugins = {
        name
        for path in (SOURCE / "src" / "plugins").glob("*.ts*")
        for name in re.findall(r"id: 'jupyter-mlops:(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert schema in plugins


def test_no_two_modules_differ_only_in_case() -> None:
    # what is compiled from one would be written over the other's, where file names have no case
    modules = [path.with_suffix("") for path in (SOURCE / "src").rglob("*.ts*")]
    assert len({str(module).lower() for module in modules}) == len(modules)
