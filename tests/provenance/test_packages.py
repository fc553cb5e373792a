"""Distributions, installed and in use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from jupyter_mlops.provenance.packages import canonical, closure, imported, installed, requirements

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    def install(
        name: str, version: str | None = "1.0", requires: tuple[str, ...] = (), record: str = ""
    ) -> Path:
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}"]
        lines += [f"Version: {version}"] if version else []
        lines += [f"Requires-Dist: {one}" for one in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n\nName: not a header\n", encoding="utf-8")
        (info / "RECORD").write_text(record)
        return info

    return install


def test_installed_names_versions_in_order() -> None:
    found = installed()
    assert found["pandas"] == version("pandas")
    assert found["GitPython"] == version("gitpython")
    assert list(found) == sorted(found, key=canonical)


def test_a_new_distribution_is_seen_at_once(install: Install) -> None:
    assert "fresh-one" not in installed()
    install("fresh-one")
    assert installed()["fresh-one"] == "1.0"


def test_broken_ones_are_passed_over(install: Install) -> None:
    install("nameless").joinpath("METADATA").write_text("Metadata-Version: 2.1\n")
    install("empty").joinpath("METADATA").unlink()
    install("binary").joinpath("METADATA").write_bytes(b"Name: bin\xff\xfe\nVersion: 1\n")
    install("versionless", version=None)
    found = installed()
    assert found["versionless"] == ""
    assert "pandas" in found
    assert not {"nameless", "empty", "binary"} & set(found)
    assert imported(["pandas"])
    assert requirements(["versionless"]) == []


def test_the_first_on_the_path_wins(install: Install) -> None:
    install("Pandas", "0.0.1")
    assert installed()["Pandas"] == "0.0.1"
    assert "pandas" not in installed()


def test_imported_maps_modules_to_distributions() -> None:
    assert imported(["git", "sklearn.linear_model", "yaml_nothing", "json"]) == {
        "GitPython": version("GitPython"),
        "scikit-learn": version("scikit-learn"),
    }


def test_imported_by_default_is_this_process() -> None:
    found = imported()
    assert found["pytest"] == version("pytest")
    assert found["jupyter-mlops"] == version("jupyter-mlops")  # also where it is installed editable
    assert "setuptools" not in imported(["_distutils_hack"])


def test_imported_by_record(install: Install) -> None:
    install(
        "wheel-like",
        record="single_module.py,,\nfast.cpython-311-x86_64-linux-gnu.so,,\npack/__init__.py,,\n"
        "../../bin/tool,,\nwheel_like-1.0.dist-info/METADATA,,\nnote.txt,,\n",
    )
    for module in ("single_module", "fast", "pack"):
        assert imported([module]) == {"wheel-like": "1.0"}, module
    for module in ("..", "note", "wheel_like-1"):
        assert imported([module]) == {}, module


def test_requirements_are_exact_and_sorted() -> None:
    assert requirements(["PyTest", "gitpython", "no-such-thing"]) == [
        f"GitPython=={version('gitpython')}",
        f"pytest=={version('pytest')}",
    ]


def test_closure_is_transitive_without_extras(install: Install) -> None:
    install(
        "top",
        requires=("Mid_Dle>=1", "never ; extra == 'more'", "old ; python_version < '3'", "(broken", "gone"),
    )
    install("mid-dle", requires=("top", "bottom[fast]; python_version >= '3'"))
    for name in ("bottom", "never", "old"):
        install(name)
    assert closure(["TOP"]) == {"bottom": "1.0", "mid-dle": "1.0", "top": "1.0"}
    assert closure(["no-such-thing"]) == {}


def test_closure_of_a_real_one() -> None:
    assert {"pandas", "numpy", "python-dateutil", "six"} <= set(closure(["pandas"]))
