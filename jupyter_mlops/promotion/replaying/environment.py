"""An environment rebuilt from a run's record: a virtual one below ``.mlops/environments``, made once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.entities import Provenance, digest_of
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.files import write_whole
from jupyter_mlops.provenance.packages import canonical
from jupyter_mlops.tracking.store import Store

FOLDER = "environments"
WHOLE = "mlops.json"  # written last: without it the environment is not whole
_OURS = "jupyter-mlops"
_PACKAGE = Path(__file__).parents[2]
_KERNEL = "ipykernel"
_SHORT = 16
_TOLD = ("Collecting ", "Downloading ", "Building ", "Installing ")  # lines of pip that say how far it is
_MISSING = re.compile(
    r"No matching distribution found for (\S+)|satisfies the requirement (\S+)|Cannot install (.+?) because"
)
_searching = threading.Lock()  # where kernels are looked for is told to the whole process


@dataclass(frozen=True)
class Wanted:
    """What an environment is to hold: `packages` and all that they need, of that in the versions of
    `constraints`; `ours` is a digest of this package, "" where it is not to be there."""

    python: str
    packages: tuple[str, ...]
    constraints: tuple[str, ...]
    ours: str

    @property
    def digest(self) -> str:
        """Of all of it."""
        told = [self.python, list(self.packages), list(self.constraints), self.ours]
        return digest_of(told)[:_SHORT]


@dataclass(frozen=True)
class Environment:
    """One that is whole. `kernel` is the name of its kernel, which `found` makes known."""

    place: Path
    kernel: str

    @contextlib.contextmanager
    def found(self) -> Iterator[None]:
        """Its kernel can be started by its name while the block lasts."""
        ours = str(self.place / "share" / "jupyter")
        with _searching:
            before = os.environ.get("JUPYTER_PATH")
            os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [ours, before]))
        try:
            yield
        finally:
            with _searching:
                rest = [each for each in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if each]
                if ours in rest:
                    rest.remove(ours)
                os.environ["JUPYTER_PATH"] = os.pathsep.join(rest)
                if not rest:
                    del os.environ["JUPYTER_PATH"]


def rebuilt(store: Store, provenance: Provenance | None, report: Callable[[str], None]) -> Environment:
    """The environment that the run recorded: what it imported, in those versions, with what that requires.
    It is made if it is not there yet, which takes minutes; `report` is told how far that is.

    Raises:
        Refused: its Python or one of its packages cannot be had.
    """
    from filelock import FileLock

    if provenance is None or not provenance.installed:
        raise Refused("the run recorded no packages", hint="leave --env out")
    asked = wanted(provenance)
    python = _python(asked.python)
    folder = store.writable_folder() / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    place = folder / asked.digest
    with FileLock(folder / f"{asked.digest}.lock", mode=0o600):
        if not (place / WHOLE).is_file():
            shutil.rmtree(place, ignore_errors=True)  # of one who was killed while making it
            shown = f"{STATE_FOLDER}/{FOLDER}/{place.name}"
            report(f"an environment of {len(asked.packages)} packages is made: {shown}")
            try:
                _make(place, python, asked, report)
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise
    return Environment(place, f"mlops-{asked.digest}")


def wanted(provenance: Provenance) -> Wanted:
    """What is to be rebuilt of the record."""
    versions = {canonical(name): version for name, version in provenance.installed.items() if version}
    imported = {canonical(name) for name in (*provenance.packages, _KERNEL)}
    chosen = sorted(imported - {_OURS})
    return Wanted(
        python=".".join(provenance.python.split(".")[:2]),
        packages=tuple(f"{name}=={versions[name]}" if name in versions else name for name in chosen),
        constraints=tuple(
            f"{name}=={version}" for name, version in sorted(versions.items()) if name != _OURS
        ),
        ours=_digest_of_ours() if _OURS in imported else "",
    )


def _python(minor: str) -> str:
    """A Python of that version, to the minor one."""
    if minor == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    found = shutil.which(f"python{minor}")
    if found is None:
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Refused(
            f"the run was on Python {minor}, and there is no python{minor} here, only {here}",
            hint=f"install Python {minor}, or leave --env out",
        )
    return found


def _make(place: Path, python: str, asked: Wanted, report: Callable[[str], None]) -> None:
    _call([python, "-m", "venv", str(place)], report)
    own = str(
        place / ("Scripts" if os.name == "nt" else "bin") / ("python.exe" if os.name == "nt" else "python")
    )
    constraints = place / "constraints.txt"
    constraints.write_text("\n".join(asked.constraints) + "\n", encoding="utf-8")
    needed = [*asked.packages, *(_requirements_of_ours() if asked.ours else [])]
    quiet = [
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "--no-warn-script-location",
    ]
    _call([own, "-m", "pip", "install", *quiet, "--constraint", str(constraints), *needed], report)
    if asked.ours:
        _copy_ours(own)
    kernel = place / "share" / "jupyter" / "kernels" / f"mlops-{asked.digest}"
    kernel.mkdir(parents=True)
    argv = [own, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": f"Python {asked.python} (rebuilt)", "language": "python"}
    write_whole(kernel / "kernel.json", json.dumps(spec))
    write_whole(place / WHOLE, json.dumps({"python": asked.python, "packages": asked.packages}))


def _call(words: list[str], report: Callable[[str], None]) -> None:
    """Run a program, its telling lines reported.

    Raises:
        Refused: it failed; the message says what cannot be had.
    """
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", errors="replace",
        )  # fmt: skip
    except OSError as error:
        raise Refused(f"the environment cannot be made: {error}", hint="leave --env out") from None
    said: list[str] = []
    with process:
        for line in process.stdout or ():
            said.append(line.strip())
            if line.startswith(_TOLD):
                report(line.strip()[:200])
    if process.returncode:
        raise _refused(said)


def _refused(said: list[str]) -> Refused:
    missing = [next(filter(None, found)) for found in _MISSING.findall("\n".join(said))]
    if missing:
        return Refused(
            f"the environment cannot be rebuilt: {', '.join(dict.fromkeys(missing))} cannot be installed",
            hint="add the index that has it to pip's configuration, or leave --env out",
        )
    errors = [line for line in said if line.lower().startswith("error")] or said
    return Refused(
        f"the environment cannot be rebuilt: {errors[0][:300] if errors else 'it failed'}",
        hint="leave --env out",
    )


def _requirements_of_ours() -> list[str]:
    try:
        required = metadata.requires(_OURS) or []
    except metadata.PackageNotFoundError:
        return ["mlflow"]
    return [line for line in required if "extra ==" not in line]


def _copy_ours(python: str) -> None:
    """This very package, wherever it is installed from: an index may not have it."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    place = Path(subprocess.check_output([python, "-c", asked], text=True).strip())
    source = _PACKAGE
    version = str(sys.modules[source.name].__version__)
    shutil.copytree(source, place / source.name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    told = place / f"jupyter_mlops-{version}.dist-info"
    told.mkdir()
    known = f"Metadata-Version: 2.1\nName: {_OURS}\nVersion: {version}\n"
    with contextlib.suppress(metadata.PackageNotFoundError):
        distribution = metadata.distribution(_OURS)
        known = distribution.read_text("METADATA") or known
        write_whole(told / "entry_points.txt", distribution.read_text("entry_points.txt") or "")
    write_whole(told / "METADATA", known)
    write_whole(told / "RECORD", "")


def _digest_of_ours() -> str:
    """Changes with any line of this package."""
    folded = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        folded.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return folded.hexdigest()
