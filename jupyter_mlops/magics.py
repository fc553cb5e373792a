"""`%track`, `%%track`, `%params`, `%runs`, `%promote`, `%schedules`, `%watch`, `%mlops`: parse, call, show.

Imported by ``%load_ext``: everything heavy is imported when a magic is first used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError as ShellUsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand

from jupyter_mlops import track
from jupyter_mlops.completion import complete
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.reports import describe

_REPORTS = (  # by name: nothing is imported until a cell ends with one
    *(
        ("jupyter_mlops.entities.data", name)
        for name in ("DataDiff", "DatasetDetails", "Profile", "Lineage", "Impact")
    ),
    *(
        ("jupyter_mlops.entities.judging", name)
        for name in ("DriftReport", "Comparison", "Explanation", "CheckReport")
    ),
    ("jupyter_mlops.entities.promotion", "GateReport"),
    ("jupyter_mlops.entities.promotion", "Replay"),
    ("jupyter_mlops.entities.pipelines", "PipelineRun"),
    ("jupyter_mlops.entities.promotion", "Card"),
    ("jupyter_mlops.entities.scheduling", "MonitorState"),
)
_FINDING = ("drift", "monitor")  # verbs whose report is what was asked for, whatever it says
_FOUND = 3  # exit code of a report that found what it looks for
_USERS_FRAME = 2  # from `track` up: IPython's own call, then the user's code


@magics_class
class MLOpsMagics(Magics):
    """The magics of one shell."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._tracker: Any = None

    # what IPython does with {name} and $name takes longer than logging a metric: done here where it is needed
    @no_var_expand
    @line_cell_magic("track")
    def track(self, line: str, cell: str | None = None) -> None:
        if "{" in line or "$" in line:
            line = self.shell.var_expand(line, _USERS_FRAME)
        try:
            said = self._line(line) if cell is None else track.call_cell(self.tracker(), line, cell)
        except MLOpsError as error:
            raise _shown(error) from None
        if said:
            sys.stdout.write(f"{said}\n")  # in one piece: twice as fast as `print`

    @line_magic("params")
    def params(self, line: str) -> Any:
        """Show the parameters cell as a typed form; its edits are checked and applied to the kernel.

        %params             the parameters cell of this notebook, as last saved
        %params OTHER.ipynb that of another notebook
        """
        return self._guarded(lambda: self._form(line.strip()))

    @line_magic("runs")
    def runs(self, line: str) -> Any:
        """Show the project's runs as a table that sorts, filters and plots.

        %runs [--experiment E] [--filter F] [--order O] [--limit N]
        """
        return self._guarded(lambda: self._table(line))

    @line_magic("promote")
    def promote(self, line: str) -> Any:
        """Show a model's versions, what their gates say, what changed and who decided what; with buttons that
        promote, approve, reject and roll back.

        %promote MODEL            the newest version that is not the champion
        %promote MODEL@VERSION    another one; or MODEL@ALIAS
        %promote MODEL --to ALIAS on its way to another alias than champion

        The gates of that version are judged at once, in the background: when all are open, one click
        promotes. Where no buttons can be shown, it prints what is known of the gates.
        """
        return self._guarded(lambda: self._panel(line))

    @line_magic("schedules")
    def schedules(self, line: str) -> Any:
        """Show what runs by itself: schedules and monitors with their next and their last slots, and who runs
        them; with buttons that pause, resume, run now and remove, and a form that adds.

        %schedules

        It follows what changes while it is looked at. Where no buttons can be shown, it prints what
        ``jupyter mlops schedule list`` does.
        """
        return self._guarded(lambda: self._scheduled(line))

    @line_magic("watch")
    def watch(self, line: str) -> Any:
        """Watch a run while it goes on: which cell it is at, and the last lines that it printed.

        %watch latest         the run that began last; or a run's id, or first characters of it
        %watch schedule:NAME  the run of that schedule that goes on, else its last one, else the next

        The notebook can be used meanwhile; a button cancels the run. Where no widget can be shown, it prints
        what ``jupyter mlops logs`` does: on a terminal until the run ends.
        """
        return self._guarded(lambda: self._watched(line))

    @line_magic("mlops")
    def mlops(self, line: str) -> None:
        """The command line inside the notebook: %mlops VERB ..., the same verbs as ``jupyter mlops``.

        %mlops run other.ipynb -p C 0.5
        %mlops show latest
        %mlops diff RUN RUN
        %mlops drift --reference customers@1 --current frame
        %mlops --help

        A verb that did not do its work, and a check that failed, stop the notebook; drift that was found
        does not: it is shown. DATA of drift may also be a DataFrame of the notebook, by its name, where no
        dataset or file is called so.
        """
        self._guarded(lambda: self._command(line))

    def tracker(self) -> Any:
        """The shell's tracker, made on first use."""
        if self._tracker is None:
            from jupyter_mlops.project import Project
            from jupyter_mlops.provenance.location import notebook_path

            project = Project(notebook=notebook_path(self.shell.user_ns))
            self._tracker = project.tracker(self.shell)
        return self._tracker

    def end(self) -> None:
        """Close what is open."""
        if self._tracker is not None:
            self._tracker.end()

    def _line(self, line: str) -> str:
        try:
            return track.call_line(self._tracker or self.tracker(), line)
        except OSError as error:
            raise Refused(f"nothing was recorded: {error}", hint="make room, or mend permissions") from None
        except Exception as error:
            if not type(error).__module__.startswith("mlflow."):
                raise
            from jupyter_mlops.tracking.store import plain

            raise Refused(f"MLflow refuses: {plain(error)}", hint="see %track?") from None

    def _guarded(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except MLOpsError as error:
            raise _shown(error) from None

    def _form(self, other: str) -> Any:
        from pathlib import Path

        from jupyter_mlops.execution.tracker import declared_parameters
        from jupyter_mlops.provenance.location import notebook_path
        from jupyter_mlops.widgets.parameters import ParameterForm

        path = Path(other) if other else notebook_path(self.shell.user_ns)
        declared = declared_parameters(path)
        values = {p.name: self.shell.user_ns[p.name] for p in declared if p.name in self.shell.user_ns}
        return ParameterForm(declared, values, self.tracker().apply)

    def _table(self, line: str) -> Any:
        from jupyter_mlops.commands import parse
        from jupyter_mlops.project import Project
        from jupyter_mlops.widgets.runs import RunsTable

        _, words = parse(["runs", "--limit", "1000", *_split(line, "%runs")], "%runs")

        def read() -> Any:
            return Project().runs(
                experiment=words.experiment, where=words.filter, order_by=words.order, limit=words.limit
            )

        return RunsTable(read(), on_refresh=read)

    def _panel(self, line: str) -> Any:
        from jupyter_mlops import views
        from jupyter_mlops.commands import Parser
        from jupyter_mlops.project import Project
        from jupyter_mlops.widgets import results
        from jupyter_mlops.widgets.promotion_known import Known

        parser = Parser(prog="%promote", description="Show a model's versions and gates, with buttons.")
        parser.add_argument("model", metavar="MODEL[@VERSION]", help="the newest, unless one is named")
        parser.add_argument("--to", default="champion", metavar="ALIAS", help="default: champion")
        words = _words(parser, line)
        if words is None:
            return None
        project = Project()
        if results.interactive(self.shell):
            from jupyter_mlops.widgets.promotion import PromotionPanel

            panel = PromotionPanel(project, words.model, to=words.to, text=views.printed)
            panel.judge()
            return panel
        self._print(Known.read(project, words.model, words.to))
        return None

    def _scheduled(self, line: str) -> Any:
        from jupyter_mlops.commands import Parser
        from jupyter_mlops.project import Project
        from jupyter_mlops.widgets import results

        parser = Parser(prog="%schedules", description="Show what runs by itself, and when, with buttons.")
        if _words(parser, line) is None:
            return None
        if results.interactive(self.shell):
            from jupyter_mlops.widgets.schedules import SchedulesPanel

            return SchedulesPanel(Project())
        self._command("schedule list")
        return None

    def _watched(self, line: str) -> Any:
        import shlex

        from jupyter_mlops.commands import Parser
        from jupyter_mlops.project import Project
        from jupyter_mlops.widgets import results

        parser = Parser(prog="%watch", description="Watch a run while it goes on: its cells and its log.")
        parser.add_argument("run", metavar="RUN", help="an id, latest, or schedule:NAME")
        words = _words(parser, line)
        if words is None:
            return None
        if results.interactive(self.shell):
            from jupyter_mlops.widgets.watching import WatchPanel

            return WatchPanel(Project().root, words.run)
        terminal = not hasattr(self.shell, "kernel")  # a headless run may be the one that it is to wait for
        self._command(shlex.join(["logs", *(["--follow"] if terminal else []), words.run]))
        return None

    def _print(self, known: Any) -> None:
        """What the panel shows, for a notebook that runs headless, or a terminal."""
        from IPython.display import display

        from jupyter_mlops import views
        from jupyter_mlops.widgets.promotion_page import panel_html

        if hasattr(self.shell, "kernel"):
            shown = panel_html(known.overview(), known.detail())
            display({"text/html": shown, "text/plain": views.printed(known.report)}, raw=True)
        else:
            views.show(known.report)

    def _command(self, line: str) -> None:
        from jupyter_mlops import views
        from jupyter_mlops.commands import build_parser, parse
        from jupyter_mlops.exceptions import CheckFailed
        from jupyter_mlops.project import Project
        from jupyter_mlops.widgets.progress import for_shell

        try:
            command, words = parse(_split(line, "%mlops"), "%mlops")
        except SystemExit:  # --help has printed what was asked for
            return
        if command is None:
            build_parser("%mlops").print_help()
            return
        with for_shell(self.shell) as report, report.working(command.doing(words)):
            project = Project(words.project, notebook=getattr(words, "notebook", None))
            if command.name == "drift":
                for side in ("reference", "current"):
                    setattr(words, side, self._frame(project, getattr(words, side)))
            result = command.call(project, words, report)
            shown = report.done(result.value)
        found = result.shown(as_json=words.json)
        if words.json and found is not None:
            views.show(found, as_json=True)
        elif found is not None and not shown:
            self._show(found)
        if result.exit_code and not (command.name in _FINDING and result.exit_code == _FOUND):
            raise CheckFailed(f"%mlops {command.name} ended with exit code {result.exit_code}")

    def _frame(self, project: Any, name: str) -> Any:
        """The user's DataFrame of that name, where no dataset or file is called so; else the name."""
        from pathlib import Path

        from jupyter_mlops.exceptions import NotFound

        value = self.shell.user_ns.get(name)
        pandas = sys.modules.get("pandas")  # without it there are none
        if pandas is None or not isinstance(value, pandas.DataFrame):
            return name
        if name in project.config.datasets or Path(name).exists():
            return name
        try:
            project.datasets.list(name)
        except NotFound:
            return value
        return name

    def _show(self, value: Any) -> None:
        """Under the cell: a report as a widget where a person looks at it, else as HTML; all else as text."""
        from IPython.display import display

        from jupyter_mlops import views
        from jupyter_mlops.widgets import results

        if results.interactive(self.shell) and isinstance(value, results.WITH_WIDGET):
            display(results.widget(value, views.printed(value)))
        else:
            views.display(value)

    def bundle(self, value: Any, **_: Any) -> Any:
        """How IPython shows a report that a cell ends with: as the command shows it."""
        from jupyter_mlops import views
        from jupyter_mlops.widgets import results

        plain = views.printed(value).rstrip("\n")
        if results.interactive(self.shell) and isinstance(value, results.WITH_WIDGET):
            return results.widget(value, plain)._repr_mimebundle_()
        return {**(views.bundled(value) or {}), "text/plain": plain}


def _split(line: str, magic: str) -> list[str]:
    """The words of a line, as a shell has them."""
    import shlex

    from jupyter_mlops.exceptions import UsageError

    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{magic}: {error}", hint="close the quote") from None


def _words(parser: Any, line: str) -> Any:
    """What the line says, or None where that was --help, which has been printed."""
    try:
        return parser.parse_args(_split(line, parser.prog))
    except SystemExit:
        return None


def _shown(error: MLOpsError) -> ShellUsageError:
    """Our errors as one line; a notebook user has no use for our traceback."""
    return ShellUsageError(describe(error))


MLOpsMagics.track.__doc__ = track.usage()


def register(shell: Any) -> None:
    """Add the magics and their completion to the shell; once, however often it is called."""
    if getattr(shell, "_jupyter_mlops", None) is not None:
        return
    shell._jupyter_mlops = MLOpsMagics(shell)
    shell.register_magics(shell._jupyter_mlops)
    for key in ("%track", "%%track", "%promote", "%watch", "%mlops"):
        shell.set_hook("complete_command", complete, str_key=key)
    for report in _REPORTS:
        shell.display_formatter.mimebundle_formatter.for_type_by_name(*report, shell._jupyter_mlops.bundle)


def unregister(shell: Any) -> None:
    """End a tracked session and take the magics away."""
    magics = getattr(shell, "_jupyter_mlops", None)
    if magics is None:
        return
    magics.end()
    shell._jupyter_mlops = None
    for report in _REPORTS:
        shell.display_formatter.mimebundle_formatter.pop(".".join(report), None)
    for kind, named in magics.magics.items():
        for name in named:
            shell.magics_manager.magics[kind].pop(name, None)
