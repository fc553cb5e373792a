"""What a step's kernel runs on, found out without starting it: a part of the step's cache key."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.execution.kernels import kernel_spec
from jupyter_mlops.execution.launch import PythonKernel
from jupyter_mlops.provenance.packages import installed

_ASK = """
import json, platform, importlib.metadata as m
found = {(each.metadata["Name"] or "", each.version or "") for each in m.distributions()}
print(json.dumps([platform.python_version(), sorted(found)]))
"""
_PATIENCE = 60.0  # seconds that another interpreter may take to tell what it has


@functools.cache
def environment(kernel_name: str) -> Mapping[str, str]:
    """The kernel by name and language, with what it runs on: the version of our own Python; of any other
    one its version and a digest of all that is installed there; of another program its file.

    What of our own Python's packages a step depends on is known only when it ran, see `StepRecord`.
    """
    spec = kernel_spec(kernel_name)
    told = {"kernel": kernel_name, "language": spec.language or ""}
    plain = PythonKernel.of(spec.argv, spec.env, spec.metadata)
    options = [spec.argv[1:], sorted(spec.env.items())] if plain is None else [plain.flags, plain.environment]
    if any(options):
        told["options"] = _digest(options)  # a variable may be a secret
    program = plain.python if plain is not None else (spec.argv or [""])[0]
    if plain is not None and _is_ours(program):
        return told | {"python": platform.python_version()}
    if plain is not None:
        return told | _of_python(program)
    return told | _of_program(program)


def is_ours(kernel_name: str) -> bool:
    """Whether the kernel has the packages of this process."""
    return "packages" not in environment(kernel_name) and "python" in environment(kernel_name)


def changed_packages(known: Mapping[str, str], kernel_name: str) -> list[str]:
    """Those of the `known` distributions, name to version, that have another version now, with both."""
    if not is_ours(kernel_name):
        return []  # the key holds all of them
    now = installed()
    return [
        f"{name} {version} → {now.get(name, 'none')}"
        for name, version in known.items()
        if now.get(name) != version
    ]


def _is_ours(program: str) -> bool:
    # not samefile: the interpreters of all virtual environments are links to one file
    return os.path.abspath(shutil.which(program) or program) == os.path.abspath(sys.executable)


def _of_python(program: str) -> dict[str, str]:
    try:
        told = subprocess.run(
            [program, "-c", _ASK], capture_output=True, text=True, timeout=_PATIENCE, check=True
        ).stdout
        version, packages = json.loads(told)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Refused(
            f"the kernel's Python {program} does not tell what it has: {error}", hint="mend the kernelspec"
        ) from None
    return {"python": version, "packages": _digest(packages)}


def _of_program(program: str) -> dict[str, str]:
    try:
        found = os.stat(shutil.which(program) or program)
    except OSError:
        return {}
    return {"program": f"{found.st_size} {found.st_mtime_ns}"}


def _digest(value: object) -> str:
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=16).hexdigest()
