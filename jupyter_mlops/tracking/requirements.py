"""What MLflow infers that a model needs, remembered. It finds out by loading the model in a fresh process,
which takes seconds; in one environment the same kind of model needs the same every time.

The memory is the user's own, for all projects. Nothing heavy is imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.files import write_whole
from jupyter_mlops.provenance.packages import imported, installed

MEMORY = "requirements.json"
MOST = 500  # kinds that are remembered
_PINNED = re.compile(r"[\w.\-]+(\[[\w.,\-]+\])?==\S+")
_RAISE = "MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS"


def model_modules(model: Any) -> set[str]:
    """The modules of all classes and functions inside the model."""
    found: set[str] = set()

    class Walker(pickle.Pickler):
        def persistent_id(self, obj: Any) -> None:
            owner = obj if isinstance(obj, type) or callable(obj) else type(obj)
            found.add(str(getattr(owner, "__module__", "") or ""))

    with contextlib.suppress(Exception):  # what was walked up to there is still right
        Walker(_Sink()).dump(model)
    return found - {"", "builtins"}


def inferred(module: Any, model: Any, how: Mapping[str, Any]) -> list[str] | None:
    """``name==version`` of each package that MLflow infers for the model, saved as `how` says by the flavor
    `module`; None where the model holds code of the user's own, which is not the same every time, or MLflow
    cannot tell."""
    kind = _kind(module.__name__, model, how)
    if kind is None:
        return None
    known = _memory().get(kind)
    if known is None:
        known = _ask(module, model, how)
        if known is not None:
            kept = dict([*_memory().items(), (kind, known)][-MOST:])
            with contextlib.suppress(OSError):  # it is asked again, then
                _path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_whole(_path(), json.dumps(kept, indent=1))
    return known


def _kind(flavor: str, model: Any, how: Mapping[str, Any]) -> str | None:
    """What decides which packages are loaded with a model: its modules, how it is saved, the environment."""
    modules = model_modules(model)
    own = [name for name in modules if not _is_installed(name.partition(".")[0])]
    if own or os.path.exists("uv.lock"):  # MLflow takes the lock's word, whatever the model
        return None
    saved = sorted(f"{key}={value}" for key, value in how.items() if isinstance(value, str))
    text = repr((flavor, saved, sorted(modules), sys.version, sys.prefix, sorted(installed().items())))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _is_installed(top: str) -> bool:
    return top in sys.stdlib_module_names or bool(imported([top]))


def _ask(module: Any, model: Any, how: Mapping[str, Any]) -> list[str] | None:
    with tempfile.TemporaryDirectory() as folder, _raising():
        try:
            module.save_model(model, str(Path(folder) / "model"), **how)
            lines = (Path(folder) / "model" / "requirements.txt").read_text(encoding="utf-8").split("\n")
        except Exception:  # whatever a fresh process may make of the model
            return None
    found = [line.strip() for line in lines if line.strip()]
    return found if _sound(found) else None


@contextlib.contextmanager
def _raising() -> Iterator[None]:
    """MLflow tells where it cannot infer, instead of naming a few packages by default."""
    before = os.environ.get(_RAISE)
    os.environ[_RAISE] = "true"
    try:
        yield
    finally:
        os.environ.pop(_RAISE, None)
        if before is not None:
            os.environ[_RAISE] = before


def _memory() -> dict[str, list[str]]:
    try:
        found = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {kind: each for kind, each in found.items() if isinstance(each, list) and _sound(each)}


def _sound(lines: list[Any]) -> bool:
    return bool(lines) and all(isinstance(line, str) and _PINNED.fullmatch(line) for line in lines)


def _path() -> Path:
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "jupyter-mlops" / MEMORY


class _Sink:
    """A file that keeps nothing."""

    def write(self, data: Any) -> int:
        return 0
