"""A dataset against its schema, recorded; and a first schema made from one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.catalogue.opening import Data, open_data
from jupyter_mlops.checks.inference import infer_schema
from jupyter_mlops.checks.recording import check_run
from jupyter_mlops.checks.schema import check_schema
from jupyter_mlops.checks.schema_file import read_schema
from jupyter_mlops.config import Config
from jupyter_mlops.entities import CheckReport
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.files import write_whole
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking.store import Store

FOLDER = "checks"
CONTEXT = "check"


def check_data(store: Store, config: Config, what: Any, schema: Path | None = None) -> CheckReport:
    """Hold data against the schema, by default ``checks/NAME.yaml`` of the project; recorded as a run that
    read them. The catalogue is not changed.

    Raises:
        NotFound: there are no such data, or there is no schema.
        ConfigError: the schema is broken; the message names file and line.
        Refused: the data cannot be read.
    """
    data = open_data(store, config, what)
    said = what if isinstance(what, str) else data.label
    path = schema or schema_path(store, data.version.name)
    if not path.is_file():
        raise NotFound(
            f"there is no schema {display_path(store.root, path)}",
            hint=f"make one to edit: jupyter mlops check infer {said}",
        )
    demands = read_schema(path)
    table = data.table
    place = display_path(store.root, path)
    with check_run(store, data.label, {}) as run:
        link(run.recorder, data.version, CONTEXT)
        results, notes = check_schema(demands, table, place)
        report = CheckReport(subject=data.label, results=tuple(results), notes=(*data.notes, *notes))
        return run.conclude(report)


def write_inferred(
    store: Store, config: Config, what: Any, output: Path | None = None, *, force: bool = False
) -> Path:
    """Write a schema that the data fulfil as they are, for a person to edit; where it is, by default
    ``checks/NAME.yaml`` of the project.

    Raises:
        NotFound: there are no such data.
        Refused: the file is there already and is not to be replaced by `force`, or cannot be written.
    """
    data = open_data(store, config, what)
    path = output or schema_path(store, data.version.name)
    shown = display_path(store.root, path)
    if path.is_dir():
        raise Refused(f"{shown} is a folder", hint="name a file in it: --output FILE")
    if path.exists() and not force:
        raise Refused(f"{shown} is there already, perhaps edited", hint="--force replaces it")
    text = _inferred(data)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
        path.chmod(0o644)  # it is for everybody who works on the project
    except OSError as error:
        raise Refused(f"{shown} cannot be written: {error.strerror}", hint="see its permissions") from None
    return path


def schema_path(store: Store, name: str) -> Path:
    """Where the schema of the dataset is looked for.

    Raises:
        Refused: it cannot be told from the name.
    """
    path = store.root / FOLDER / f"{name}.yaml"
    if path.parent != store.root / FOLDER:
        raise Refused(f"no file can be called {name!r}", hint="name the schema: --schema FILE")
    return path


def _inferred(data: Data) -> str:
    return infer_schema(data.table, data.version.name, data.label, data.version.key)
