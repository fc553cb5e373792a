"""A systemd user unit that keeps a project's scheduler running."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.files import write_whole

_MARK = "# project: "  # the line of a unit that tells whose it is
_UNIT = """\
# Made by `jupyter mlops scheduler install`, and taken away by `jupyter mlops scheduler install --remove`.
{mark}
[Unit]
Description=Schedules of {name} (jupyter-mlops)

[Service]
ExecStart=:{command}
# a run that goes on when the scheduler is stopped goes on
KillMode=process
SuccessExitStatus=130 143
Restart=on-failure
RestartSec=30
# NAME=value, a line each: for env:NAME in mlops.yaml, and MLFLOW_TRACKING_URI
EnvironmentFile=-{environment}

[Install]
WantedBy=default.target
"""


def quoted(word: str) -> str:
    """One word of a command line as systemd reads it, in which ``$`` stands for itself (``:`` before the
    command sees to that). See systemd.service(5), COMMAND LINES, and systemd.syntax(7), QUOTING."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return '"' + "".join(letter if letter.isprintable() else _escaped(letter) for letter in plain) + '"'


def unit_text(root: Path) -> str:
    """The unit of the project at `root`, run by this Python."""
    words = [sys.executable, "-P", "-m", "jupyter_mlops", "scheduler", "start", "--project", str(root)]
    return _UNIT.format(
        mark=_mark(root),
        name=_printable(root.name).replace("%", "%%"),
        command=" ".join(map(quoted, words)),
        environment=str(root / ".mlops" / "environment").replace("%", "%%"),
    )


def install(root: Path) -> tuple[Path, str]:
    """Write the unit; where it lies, and what systemd says is wrong with it, or nothing.

    Raises:
        Refused: it cannot be written, or systemd cannot be told such a path.
    """
    if not str(root).isprintable() or str(root) != str(root).strip():
        raise Refused(f"systemd takes no folder of such a name: {root}", hint="rename it")
    path = _own(root) or _free(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, unit_text(root))
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}", hint="see to its folder") from None
    return path, _verify(path)


def remove(root: Path) -> Path:
    """Take the project's unit away; where it lay.

    Raises:
        NotFound: there is none.
    """
    path = _own(root)
    if path is None:
        raise NotFound(f"no unit of {root} in {_units()}", hint="jupyter mlops scheduler install writes one")
    path.unlink()
    return path


def _units() -> Path:
    given = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(given).expanduser() / "systemd" / "user"


def _mark(root: Path) -> str:
    return _MARK + _printable(str(root))


def _own(root: Path) -> Path | None:
    """The unit that was made for this project."""
    mark = _mark(root)
    for path in sorted(_units().glob("jupyter-mlops-*.service")):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        if mark in lines:
            return path
    return None


def _free(root: Path) -> Path:
    """A name for it: that of its folder, with more letters where another project has taken that."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", root.name).strip("-.") or "project"
    path = _units() / f"jupyter-mlops-{name[:100]}.service"
    if path.exists():
        digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
        path = path.with_name(f"{path.stem}-{digest}.service")
    return path


def _verify(path: Path) -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        return ""
    with tempfile.TemporaryDirectory() as runtime:  # it asks for one, though it starts nothing
        try:
            done = subprocess.run(
                [program, "verify", "--user", "--man=no", str(path)],
                env={"XDG_RUNTIME_DIR": runtime, **os.environ},
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
    told = (line for line in done.stderr.splitlines() if path.name in line)
    return " ".join(told)


def _escaped(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
