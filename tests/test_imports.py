"""`%load_ext` and `--help` stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = (
    "mlflow",
    "pandas",
    "papermill",
    "nbformat",
    "sqlalchemy",
    "jupyter_server",
    "numpy",
    "nbclient",
    "pydantic",
)


def loaded(code: str, tmp_path: Path) -> set[str]:
    """Which of the heavy packages a fresh interpreter has imported after `code`."""
    report = f"{code}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    return set(done.stdout.splitlines()[-1].split())


def test_loading_the_extension_imports_nothing_heavy(tmp_path: Path) -> None:
    start = "from IPython.testing.globalipapp import start_ipython\nshell = start_ipython()\n"
    before = loaded(start, tmp_path)
    assert loaded(start + "shell.run_line_magic('load_ext', 'jupyter_mlops')", tmp_path) == before
    assert not before & {"mlflow", "pandas", "papermill", "nbformat", "sqlalchemy", "jupyter_server"}


def test_completion_and_help_of_the_magics_import_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "from IPython.testing.globalipapp import start_ipython\nshell = start_ipython()\n"
        "shell.run_line_magic('load_ext', 'jupyter_mlops')\n"
        "shell.Completer.use_jedi = False\n"
        "assert 'start' in shell.complete('', '%track ', 7)[1]\n"
        "assert 'param' in shell.complete('p', '%track p', 8)[1]\n"
        "assert 'show' in shell.complete('', '%mlops ', 7)[1]\n"
    )
    assert loaded(code, tmp_path) <= {"numpy"}  # IPython's own completer imports it


def test_the_help_of_the_command_line_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "from jupyter_mlops.cli import main\ntry:\n    main(['run', '--help'])\nexcept SystemExit: pass"
    assert loaded(code, tmp_path) == set()


def test_what_the_jupyter_server_loads_at_its_start_imports_nothing_heavy(tmp_path: Path) -> None:
    server = "import jupyter_server.serverapp\n"
    before = loaded(server, tmp_path)
    assert "pydantic" not in before
    assert loaded(f"{server}import jupyter_mlops.server, jupyter_mlops.server.hooks", tmp_path) == before


def test_importing_the_package_and_the_context_provider_imports_nothing_heavy(tmp_path: Path) -> None:
    assert loaded("import jupyter_mlops, jupyter_mlops.tracking.context", tmp_path) == set()
