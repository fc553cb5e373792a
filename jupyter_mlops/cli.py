"""``jupyter mlops VERB ...``: parse, call, show."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from jupyter_mlops.commands import Command, Result, build_parser, parse
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.letters import harmless
from jupyter_mlops.reports import Progress, describe

PROG = "jupyter mlops"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code (see the design: 0 done, 1 notebook failed, 2 refused, 3 a check said no,
    4 the machinery failed, 130/143 on signals)."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    try:
        signal.signal(signal.SIGTERM, _terminate)
        command, parsed = parse(words, PROG)
        if command is None:
            build_parser(PROG).print_help()
            return 0
        try:
            result = call(command, parsed)
        finally:
            _forget_kernel()
        if (shown := result.shown(as_json=parsed.json)) is not None:
            from jupyter_mlops import views

            views.show(shown, as_json=parsed.json)
        return result.exit_code
    except MLOpsError as error:
        return _fail(error, error.exit_code, debug=debug)
    except KeyboardInterrupt:
        print(f"{PROG}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `jupyter mlops runs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _fail(error, 4, debug=debug)


def call(command: Command, parsed: argparse.Namespace) -> Result:
    """Call the verb on the project that the words name."""
    if command.name in {"run", "pipeline"}:
        _hurry()
    if command.name == "run":
        _start_kernel(parsed)
    with Progress(sys.stderr) as report, report.working(command.doing(parsed)):
        from jupyter_mlops.project import Project

        project = Project(parsed.project, notebook=getattr(parsed, "notebook", None))
        if command.name in {"run", "pipeline"} and not parsed.json:
            threading.Thread(target=_import_views, name="import", daemon=True).start()
        return command.call(project, parsed, report)


def _hurry() -> None:
    """Have libraries leave out what is of no use here; kernels are not told."""
    from jupyter_mlops.execution import launch

    # pydantic would look for plugins in every installed distribution
    launch.set_for_us("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # MLflow would print where a server shows the run, amid what we print
    launch.set_for_us("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")


def _start_kernel(parsed: argparse.Namespace) -> None:
    """Before all that a run needs is imported, which takes as long as a kernel's start."""
    from jupyter_mlops.execution import launch

    if not (parsed.grid or parsed.resume):
        launch.ahead(parsed.notebook, parsed.kernel)


def _forget_kernel() -> None:
    """One that was started ahead, and that no run came to want, ends with the command."""
    started = sys.modules.get("jupyter_mlops.execution.launch")
    if started is not None:
        started.forget()


def _import_views() -> None:
    """What shows the run at its end is imported while its cells run."""
    import rich.console
    import rich.table  # noqa: F401

    from jupyter_mlops import views  # noqa: F401


def _terminate(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _fail(error: Exception, code: int, *, debug: bool) -> int:
    if debug:
        import traceback

        told = "".join(traceback.format_exception(error))
        print(harmless(told, keep="\n\t"), end="", file=sys.stderr)
    print(f"{PROG}: {describe(error)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
