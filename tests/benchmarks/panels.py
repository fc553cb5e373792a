"""The table of pages: what a real Jupyter server takes to answer the pages in JupyterLab, of a project with
100,000 runs, beside MLflow's own search of the same page.

``python -m tests.benchmarks.panels`` measures everything in about five minutes on two cores and writes
``tests/benchmarks/results/panels.md``; ``--short`` does little of each with 2,000 runs, asserts the results,
and writes nothing. `make_project` makes such a project for others, too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from jupyter_mlops.entities import CellStatus
from jupyter_mlops.entities.panels import RunQuery
from jupyter_mlops.notebooks.journal import Journal, new_record
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import cursors, leases, tags
from jupyter_mlops.tracking.listing import about
from tests.benchmarks import panels_browser
from tests.server.api.serving import PREFIX, Server, serving

RESULT = Path(__file__).parent / "results" / "panels.md"
PACKAGES = ("jupyter-mlops", "mlflow", "jupyter-server")
GOAL = 0.3  # seconds that any page may take
PROGRESS_GOAL = 0.01  # seconds, of 20 live runs, in the process
IDLE_GOAL = 0.01  # of a core, that one who listens costs
LIVE = 20  # runs that go on
THEIRS = 5  # times that MLflow is asked
LONG = 5.0  # seconds; what takes it longer is asked once
MINUTE = 60.0
PARAMETERS = ("C", "depth", "folds", "fraction", "layers", "penalty", "rate", "seed", "solver", "width")
METRICS = ("accuracy", "auc", "f1", "loss", "mae", "precision", "recall", "rmse", "rows", "seconds")
EXPERIMENTS = {100: "churn", 101: "fraud"}
POINTS = 10  # of one metric, of each run
_TABLES = ("params", "tags", "metrics", "latest_metrics")


def make_project(folder: Path, runs: int, empty: Path | None = None) -> Path:
    """A project in `folder` with so many runs of two experiments, each with ten parameters, ten metrics, ten
    tags and ten points of one metric; the newest are named ``run-0``, ``run-1``... `empty` is the database of
    a project without runs, which takes MLflow seconds to make. The folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mlops.yaml").write_text("", encoding="utf-8")
    if empty is None:
        Project(folder).store.client()
    else:
        shutil.copyfile(empty, folder / "mlflow.db")
    connection = sqlite3.connect(folder / "mlflow.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("BEGIN")
    with _without_indexes(connection):
        for identifier, name in EXPERIMENTS.items():
            place = (folder / "mlruns" / name).as_uri()
            row = (identifier, name, place, "active", 0, 0, "default")
            connection.execute(f"INSERT INTO experiments VALUES ({_marks(row)})", row)
        _insert(connection, runs)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder


@contextlib.contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """They are made again, as they were, once all rows are there: that is several times quicker."""
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        f"AND tbl_name IN ({_marks(_TABLES)})"
    )
    found = connection.execute(query, _TABLES).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in found:
        connection.execute(sql)


def _insert(connection: sqlite3.Connection, count: int) -> None:
    """Row by row as runs come in, the oldest first."""
    source = random.Random(1)
    end = 1_750_000_000_000
    runs = [(number, f"{source.getrandbits(128):032x}") for number in reversed(range(count))]
    info = "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, "
    connection.executemany(
        f"{info} start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id) "
        "VALUES (?, ?, 'NOTEBOOK', '', '', 'me', ?, ?, ?, '', 'active', ?, ?)",
        (
            (
                run_id,
                f"run-{number}",
                "FAILED" if number % 7 == 3 else "FINISHED",
                end - number * 1000,
                end - number * 1000 + 500,
                f"file:///nowhere/{run_id}",
                100 + number % 2,
            )
            for number, run_id in runs
        ),
    )
    connection.executemany(
        "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
        ((k, f"c{n}" if k == "C" else str(n % 3 / 2), i) for n, i in runs for k in PARAMETERS),
    )
    connection.executemany(
        "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)",
        ((key, value, run_id) for number, run_id in runs for key, value in _tags(number).items()),
    )
    connection.executemany(
        "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) "
        f"VALUES (?, ?, ?, {POINTS - 1}, 0, ?)",
        ((key, source.random(), end, run_id) for _, run_id in runs for key in METRICS),
    )
    connection.executemany(
        "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)",
        ((METRICS[0], s / 7, end + s, s, run_id) for _, run_id in runs for s in range(POINTS)),
    )


def _tags(number: int) -> dict[str, str]:
    return {
        tags.RUN_NAME: f"run-{number}",
        tags.USER: "me",
        tags.SOURCE_NAME: "train.ipynb",
        tags.KIND: "headless" if number % 3 else "session",
        tags.EXIT_CODE: "0",
        tags.NOTEBOOK: f"notebooks/train{number % 5}.ipynb",
        tags.NOTEBOOK_DIGEST: f"{number % 5:032x}",
        tags.PYTHON: "3.11.7",
        tags.PLATFORM: "Linux",
        "team": "blue",
    }


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


# -- what is measured


@dataclass(frozen=True)
class Row:
    """Our figure beside another one, in seconds, or a share of a core; `cpu` is what of it the server worked
    itself, in seconds: the rest it waited for a core that others had."""

    work: str
    ours: float
    against: str = ""
    theirs: float | None = None
    goal: float | None = None
    note: str = ""
    cpu: float | None = None
    share: bool = False


@dataclass
class Bench:
    """A server of a project with so many runs, asked `times` times."""

    server: Server
    project: Project
    runs: int
    times: int
    connection: HTTPConnection = field(init=False)
    process: psutil.Process = field(init=False)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        self.process = psutil.Process(self.server.pid)

    def ask(self, path: str, **query: Any) -> Any:
        """The answer to one request, on a connection that is open, as a browser's is."""
        headers = {"Authorization": f"token {self.server.token}"}
        self.connection.request("GET", f"{PREFIX}{path}?{urlencode(query, doseq=True)}", headers=headers)
        answer = self.connection.getresponse()
        told = json.loads(answer.read())
        check(answer.status == 200, f"{path}: {told}")
        return told

    def page(self, work: str, words: str | None, note: str = "", **query: Any) -> Row:
        """A page of runs, beside MLflow's own search of it; `words` is the filter that it needs, None where
        it has no words for that. Both must find the same."""
        found = [row["run"]["run_id"] for row in self.ask("/runs", **query)["rows"]]
        ours, cpu = self.served(lambda: self.ask("/runs", **query))
        if words is None:
            return Row(work, ours, goal=GOAL, note=note, cpu=cpu)
        client, order = self.project.store.client(), query.get("order_by")
        names = [query["experiment"]] if "experiment" in query else list(EXPERIMENTS.values())
        places = [self.project.store.experiment_id(name) for name in names]

        def search() -> list[str]:
            runs = client.search_runs(places, words, order_by=[order] if order else None, max_results=50)
            return [run.info.run_id for run in runs]

        before = time.perf_counter()
        check(search() == found, f"{work}: MLflow finds other runs")
        theirs = time.perf_counter() - before
        if theirs < LONG:
            theirs = self.median(search, min(self.times, THEIRS))
        return Row(work, ours, "`search_runs`", theirs, GOAL, note, cpu)

    def served(self, work: Callable[[], object]) -> tuple[float, float]:
        """Seconds that one call takes, and those that the server works at it."""
        before = self.process.cpu_times()
        took = self.median(work)
        after = self.process.cpu_times()
        return took, (after.user + after.system - before.user - before.system) / self.times

    def median(self, work: Callable[[], object], times: int | None = None) -> float:
        """Seconds that one call takes."""
        figures = []
        for _ in range(times or self.times):
            before = time.perf_counter()
            work()
            figures.append(time.perf_counter() - before)
        return statistics.median(figures)


def check(true: bool, otherwise: str) -> None:
    """The figures mean nothing if the answers are wrong."""
    if not true:
        raise AssertionError(otherwise)


def pages(bench: Bench) -> Iterator[Row]:
    """Pages of runs, and what else is asked of them."""
    total = f"{bench.ask('/runs')['total']:,} counted"
    yield bench.page("first page", "", total)
    yield bench.page("page of one experiment", "", experiment="churn")
    yield bench.page("page of one status", "attributes.status = 'FAILED'", status="FAILED")
    yield bench.page("page of one kind", "tags.`mlops.kind` = 'session'", kind="session")
    word, old = f"c{bench.runs - 3}", f"run-{bench.runs - 9}"
    yield bench.page("text that an old run's name has", f"attributes.run_name = '{old}'", search=old)
    yield bench.page("text that one old run has as a parameter", f"params.C = '{word}'", search=word)
    yield bench.page("text that no run has", None, search="nowhere")
    yield bench.page("text that many runs have", None, search="0.5")
    both = "metrics.accuracy > 0.5 and params.depth = '0.5'"
    yield bench.page("filter", both, where=both)
    yield ordered(bench, both, "metrics.accuracy DESC")
    yield bench.page("all, ordered by a metric", None, order_by="metrics.accuracy DESC")
    yield last_page(bench)
    yield bench.page("count alone", None, limit=1)


SEARCH = """
import json, sys, time
from mlflow import MlflowClient
client, (uri, where, order) = MlflowClient(sys.argv[1]), sys.argv[1:]
began = time.perf_counter()
runs = client.search_runs(["100", "101"], where, order_by=[order], max_results=50)
print(json.dumps([time.perf_counter() - began, [run.info.run_id for run in runs]]))
"""


def ordered(bench: Bench, where: str, order: str) -> Row:
    """A page in the order of a metric. MLflow's search is given a minute, in a process of its own: what it
    takes grows with the square of the runs."""
    page = bench.ask("/runs", where=where, order_by=order)
    ours, cpu = bench.served(lambda: bench.ask("/runs", where=where, order_by=order))
    command = [sys.executable, "-c", SEARCH, bench.project.store.uri, where, order]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MINUTE, check=True)
    except subprocess.TimeoutExpired:
        note = f"`search_runs` had not answered after {MINUTE:g} s"
        return Row("filter, ordered by a metric", ours, goal=GOAL, note=note, cpu=cpu)
    theirs, found = json.loads(done.stdout)
    check([row["run"]["run_id"] for row in page["rows"]] == found, "ordered: MLflow finds other runs")
    return Row("filter, ordered by a metric", ours, "`search_runs`", theirs, GOAL, cpu=cpu)


def last_page(bench: Bench) -> Row:
    """The last fifty, by a cursor; MLflow's pages are counted off."""
    from mlflow.utils.search_utils import SearchUtils

    oldest = bench.project.runs(order_by="start_time ASC", limit=51)[::-1]
    before, rest = oldest[0], oldest[1:]
    assert before.started is not None
    values = [round(before.started.timestamp() * 1000), before.run_id]
    cursor = cursors.written(about(RunQuery()), values)
    page = bench.ask("/runs", cursor=cursor)
    check([row["run"]["run_id"] for row in page["rows"]] == [run.run_id for run in rest], "another last page")
    check(page["next"] is None, "there is a page after the last")
    client, token = bench.project.store.client(), SearchUtils.create_page_token(bench.runs - 50)
    places = [bench.project.store.experiment_id(name) for name in EXPERIMENTS.values()]
    theirs = bench.median(lambda: client.search_runs(places, max_results=50, page_token=token), THEIRS)
    ours, cpu = bench.served(lambda: bench.ask("/runs", cursor=cursor))
    return Row("last page", ours, "`search_runs`", theirs, GOAL, cpu=cpu)


def others(bench: Bench) -> Iterator[Row]:
    """Runs side by side, and live ones."""
    ids = [row["run"]["run_id"] for row in bench.ask("/runs", limit=10)["rows"]]
    compared = bench.ask("/comparison", run=ids)
    check([run["run_id"] for run in compared["runs"]] == ids, "other runs are compared")
    client = bench.project.store.client()
    theirs = bench.median(lambda: [client.get_run(run_id) for run_id in ids])
    ours, cpu = bench.served(lambda: bench.ask("/comparison", run=ids))
    yield Row("comparison of 10 runs, with series", ours, "`get_run` ten times", theirs, GOAL, cpu=cpu)
    with live(bench.project, ids):
        first = bench.median(lambda: bench.ask("/progress"), 1)
        told = bench.ask("/progress")
        check(len(told) == LIVE, f"{len(told)} runs go on")
        note = f"the first time, when all of their journals are read: {first * 1000:.0f} ms"
        ours, cpu = bench.served(lambda: bench.ask("/progress"))
        yield Row(f"progress of {LIVE} live runs", ours, note=note, cpu=cpu)
        bench.project.progress()
        yield Row("the same, in the process", bench.median(bench.project.progress), goal=PROGRESS_GOAL)


@contextlib.contextmanager
def live(project: Project, ids: Sequence[str]) -> Iterator[None]:
    """Runs that go on, each in the 30th of its cells."""
    held = [*ids, *(f"{number:032x}" for number in range(LIVE - len(ids)))]
    for run_id in held:
        folder = leases.kept_folder(project.store, run_id)
        leases.owners.write_lease(project.store.run_folder(run_id), project.store.uri)
        journal = Journal(folder / tags.JOURNAL)
        for index in range(30):
            cell = {"id": str(index), "source": f"# Part {index}\nwork({index})"}
            key = journal.start(new_record(index, cell, status=CellStatus.RUNNING))
            if index < 29:
                journal.write(key, new_record(index, cell, status=CellStatus.OK))
    try:
        yield
    finally:
        for run_id in held:
            leases.release(project.store, run_id)


def stream(bench: Bench, seconds: float) -> Iterator[Row]:
    """What one who listens costs while nothing changes."""

    def used() -> float:
        before = bench.process.cpu_times()
        time.sleep(seconds)
        after = bench.process.cpu_times()
        return (after.user + after.system - before.user - before.system) / seconds

    without = used()
    listener = HTTPConnection("127.0.0.1", bench.server.port, timeout=120)
    with contextlib.closing(listener):
        headers = {"Authorization": f"token {bench.server.token}"}
        listener.request("GET", f"{PREFIX}/events", headers=headers)
        answer = listener.getresponse()
        check(answer.readline().startswith(b":"), "nobody is heard")
        yield Row(
            "one who listens, nothing happens",
            used(),
            "nobody listens",
            without,
            IDLE_GOAL,
            f"{seconds:g} s each",
            share=True,
        )
        answer.close()


def measured(bench: Bench, short: bool) -> Iterator[Row]:
    """All rows."""
    yield from pages(bench)
    yield from others(bench)
    yield from stream(bench, 2 if short else 20)


# -- the table


def table(rows: Sequence[Row], browser: Sequence[str], runs: int) -> str:
    """The figures as Markdown, and below them what was found in a browser."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    lines = [
        "# Pages in JupyterLab",
        "",
        f"A project with {runs:,} runs of ten parameters, ten metrics, ten tags each: medians of what a real",
        "Jupyter server takes over HTTP. Ratio: ours over the other's, MLflow's client in a process that",
        "has it imported; smaller is better.",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores,",
        f"{versions}.",
        f"Measured {datetime.now(UTC):%Y-%m-%d}, while {os.getloadavg()[1]:.1f} processes wanted to run.",
        "",
        "| work | ours | its CPU | against | theirs | ratio | |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n\n".join(["\n".join([*lines, *map(_line, rows)]), "## In a browser", *browser]) + "\n"


def _line(row: Row) -> str:
    theirs = "" if row.theirs is None else _figure(row, row.theirs)
    ratio = "" if row.theirs is None or row.share else f"{row.ours / row.theirs:.2g}"
    cpu = "" if row.cpu is None else _figure(row, row.cpu)
    told = [row.note]
    if row.goal is not None:
        reached = "reached" if row.ours <= row.goal else "**missed**"
        told.insert(0, f"goal {_figure(row, row.goal)} {reached}")
    return (
        f"| {row.work} | {_figure(row, row.ours)} | {cpu} | {row.against} | {theirs} | {ratio} "
        f"| {'; '.join(filter(None, told))} |"
    )


def _figure(row: Row, value: float) -> str:
    if row.share:
        return f"{value:.2%} of a core"
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.2f} s"


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--runs", type=int, default=100_000)
    words = parser.parse_args()
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    runs = 2_000 if words.short else words.runs
    rows = []
    with tempfile.TemporaryDirectory() as place:
        root = make_project(Path(place) / "project", runs)
        (Path(place) / "jupyter").mkdir()
        ours = panels_browser.environment(Path(place) / "share")
        with serving(Path(place) / "jupyter", root, **ours) as server:
            bench = Bench(server, Project(root), runs, 2 if words.short else 20)
            for row in measured(bench, words.short):
                rows.append(row)
                print(_line(row), file=sys.stderr, flush=True)
            bench.connection.close()
            browser = list(panels_browser.lines(server, words.short))
    print(table(rows, browser, runs))
    if not words.short:
        RESULT.write_text(table(rows, browser, runs), encoding="utf-8")


if __name__ == "__main__":
    main()
