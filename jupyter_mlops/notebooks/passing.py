"""The generated cells of a step: what loads the variables that are passed to it, what writes those that it
passes on. They need nothing but dill in the kernel, and leave no names behind."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

Paths = Mapping[str, str | os.PathLike[str]]

# dill, not cloudpickle: a function of the notebook must read the globals of the notebook that it was loaded
# into. Classes and functions that are there anyway go by name: an object must be of the class that is there.
_LOAD = """\
# Generated: the variables that the steps above pass on
def _jupyter_mlops_load(files, namespace):
    import warnings
    try:
        import dill
    except ImportError:
        raise ImportError(
            "variables are passed between steps by dill, which is not installed in the kernel's environment"
        ) from None
    class Unpickler(dill.Unpickler):
        def persistent_load(self, name):
            return namespace[name]
    for name, path in files.items():
        with open(path, "rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", dill.UnpicklingWarning)
            try:
                namespace[name] = Unpickler(file, ignore=True).load()
            except Exception as error:
                error.add_note(f"while the variable {name!r} was loaded, which an earlier step passes on")
                raise
"""

_SAVE = """\
# Generated: the variables that steps below read
def _jupyter_mlops_save(step, files, there, namespace):
    import io, os, types, warnings
    try:
        import dill
    except ImportError:
        raise ImportError(
            "variables are passed between steps by dill, which is not installed in the kernel's environment"
        ) from None
    class Unpickler(dill.Unpickler):
        def persistent_load(self, name):
            return namespace[name]
    def by_name(value, name):
        def persistent_id(part):
            if isinstance(part, io.IOBase) and not isinstance(part, (io.BytesIO, io.StringIO)):
                raise dill.PicklingError("an open file" if part is value else "it holds an open file")
            known = getattr(part, "__name__", None) if isinstance(part, (type, types.FunctionType)) else None
            if known in there[name] and part is not value and namespace.get(known) is part:
                return known
        return persistent_id
    problems = []
    for name, path in files.items():
        if name not in namespace:
            problems.append(f"step {step} passes on `{name}`, but has not assigned it in this run")
            continue
        value, written = namespace[name], io.BytesIO()
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        kind = kind.removeprefix("builtins.").removeprefix("__main__.")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", dill.PicklingWarning)
                pickler = dill.Pickler(written, recurse=False, byref=False)
                pickler.persistent_id = by_name(value, name)
                pickler.dump(value)
                written.seek(0)
                Unpickler(written, ignore=True).load()
        except Exception as error:
            why = f"{type(error).__name__}: {error}"[:200]
            mend = "make it in the step that uses it"
            if isinstance(value, (type, types.FunctionType)):
                mend = "define it above the first cell with a step's tag"
            which = f"`{name}` ({kind}), which cannot be pickled"
            problems.append(f"step {step} passes on {which}: {why}; {mend}")
            continue
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path + ".part", "wb") as file:
            file.write(written.getbuffer())
        os.replace(path + ".part", path)
    if problems:
        raise RuntimeError("\\n".join(problems))
"""


def loading_code(load: Paths) -> str:
    """The code of a cell that assigns each variable of `load` what its file holds, in this order."""
    files = {name: os.fspath(path) for name, path in load.items()}
    call = f"_jupyter_mlops_load({files!r}, globals())"
    return f"{_LOAD}{_and_forget(call, '_jupyter_mlops_load')}"


def saving_code(step: str, save: Paths, there: Mapping[str, Iterable[str]]) -> str:
    """The code of a cell that writes each variable of `save` into its file, whole. It fails naming each one
    that is not there or cannot be pickled and loaded again. `there` tells, for each variable, the classes and
    functions that are there by their names wherever it is loaded."""
    files = {name: os.fspath(path) for name, path in save.items()}
    named = {name: sorted(there[name]) for name in files}
    call = f"_jupyter_mlops_save({step!r}, {files!r}, {named!r}, globals())"
    return f"{_SAVE}{_and_forget(call, '_jupyter_mlops_save')}"


def _and_forget(call: str, name: str) -> str:
    return f"try:\n    {call}\nfinally:\n    del {name}\n"
