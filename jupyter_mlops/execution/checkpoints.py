"""The state of a notebook kept after a long cell, so that a run that failed later can go on from there."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.entities import Checkpoint
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.kernels import KernelDied
from jupyter_mlops.files import write_whole
from jupyter_mlops.notebooks.secrets import SECRETS_VARIABLE
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import CellClient

SAVE_TIME = 600.0  # seconds that writing or reading the state may take
_INDEX = "checkpoint.json"

# Run in the kernel. dill, not cloudpickle: a function of the notebook must go on reading the notebook's
# globals after it was read back; cloudpickle would give it a copy of its own.
_SAVE = """
def _jupyter_mlops_save(path, variable):
    import hashlib, io, json, os, random, sys
    try:
        import dill
    except ImportError:
        return json.dumps({"missing": {"everything": "dill is not installed in the kernel's environment"}})
    shell = get_ipython()
    hidden = shell.user_ns_hidden
    secrets = json.loads(os.environ.get(variable) or "{}")
    hushed = {shell.user_ns.get(name) for name in secrets if isinstance(shell.user_ns.get(name), str)}
    names = {
        name: value for name, value in list(shell.user_ns.items())
        if not name.startswith("_") and not (name in hidden and hidden[name] is value)
        and name not in secrets and not (isinstance(value, str) and value in hushed)
    }
    # dill would open a file again wherever it lies then; that is a guess. A closed one is of no use
    files = {name: value for name, value in names.items() if isinstance(value, io.IOBase)}
    missing = {name: f"{type(value).__name__}: an open file" for name, value in files.items()
               if not value.closed}
    names = {name: value for name, value in names.items() if name not in files}
    numpy = sys.modules.get("numpy")
    state = {
        "names": dict(names),
        "random": random.getstate(),
        "numpy": numpy.random.get_state() if numpy else None,
        "cwd": os.getcwd(),
        "path": list(sys.path),
    }
    try:
        written = dill.dumps(state)
    except Exception:
        for name, value in list(names.items()):
            try:
                dill.loads(dill.dumps(value))
            except Exception as error:
                missing[name] = f"{type(value).__name__}: {type(error).__name__}: {error}"[:200]
                del state["names"][name]
        try:
            written = dill.dumps(state)
        except Exception as error:
            return json.dumps({"missing": {"everything": f"{type(error).__name__}: {error}"[:200]}})
    part = path + ".part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(written)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    return json.dumps({"missing": missing, "digest": hashlib.blake2b(written, digest_size=16).hexdigest()})
"""

_RESTORE = """
def _jupyter_mlops_restore(path, digest):
    import hashlib, os, random, sys
    with open(path, "rb") as file:
        written = file.read()
    if hashlib.blake2b(written, digest_size=16).hexdigest() != digest:
        raise RuntimeError("the checkpoint's file was changed")
    import dill
    state = dill.loads(written)
    sys.path[:] = state["path"]
    os.chdir(state["cwd"])
    random.setstate(state["random"])
    if state["numpy"] is not None:
        import numpy
        numpy.random.set_state(state["numpy"])
    get_ipython().user_ns.update(state["names"])
"""


def find_checkpoint(store: Store, run_id: str) -> Checkpoint | None:
    """The last checkpoint of the run; None where it has none that is whole."""
    index = _folder(store, run_id) / _INDEX
    try:
        found = Checkpoint.model_validate_json(index.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there, or not what was written
        return None
    return found if found.missing or Path(found.path).exists() else None


def forget_checkpoints(store: Store, run_id: str) -> None:
    """The run ended well: nothing will be resumed."""
    shutil.rmtree(_folder(store, run_id), ignore_errors=True)


def keep_state(
    client: CellClient,
    store: Store,
    run_id: str,
    index: int,
    digests: Sequence[str],
) -> Checkpoint:
    """Keep the kernel's state after the cell at `index`; `digests` are those of all cells up to it. What
    could not be kept is named in the checkpoint, and harms nothing but a later resume.

    Raises:
        KernelDied: it died meanwhile.
        OSError: the checkpoint cannot be written.
    """
    folder = _folder(store, run_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"cell-{index + 1:04}.state"
    call = f"_jupyter_mlops_save({str(path)!r}, {SECRETS_VARIABLE!r})"
    try:
        told = client.ask(call, _SAVE, SAVE_TIME)
        client.ask("None", "del _jupyter_mlops_save")
    except KernelDied:
        raise
    except MLOpsError as error:
        told = {"missing": {"everything": str(error)}}
    made = Checkpoint(
        run_id=run_id,
        index=index,
        digests=tuple(digests),
        path=str(path),
        digest=told.get("digest", ""),
        missing=told["missing"],
    )
    write_whole(folder / _INDEX, made.model_dump_json())
    for other in folder.glob("*.state*"):
        if other != path:
            with contextlib.suppress(OSError):
                other.unlink()
    return made


def restore_state(client: CellClient, checkpoint: Checkpoint, secret_source: str) -> None:
    """Put the state into the client's fresh kernel; `secret_source` assigns the secrets, which no
    checkpoint holds.

    Raises:
        MLOpsError: it cannot be read back.
    """
    call = f"_jupyter_mlops_restore({checkpoint.path!r}, {checkpoint.digest!r})"
    code = f"{_RESTORE}\n{call}\ndel _jupyter_mlops_restore\n{secret_source}"
    try:
        client.ask("None", code, SAVE_TIME)
    except MLOpsError as error:
        raise MLOpsError(
            f"the checkpoint after cell {checkpoint.index + 1} cannot be restored: {error}",
            hint="run the notebook again from the top, without --resume",
        ) from None


def _folder(store: Store, run_id: str) -> Path:
    return store.state_folder() / "checkpoints" / run_id
