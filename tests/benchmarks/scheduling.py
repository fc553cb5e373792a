"""The table of schedules: what ticks cost with 10,000 of them and a million slots of the past, and what
becomes of slots whose schedulers and workers are killed, beside other schedulers.

``python -m tests.benchmarks.scheduling`` measures everything in about ten minutes on two cores and writes
``tests/benchmarks/results/scheduling.md``; ``--short`` does it once with few, asserts the results, and writes
nothing. The others have environments of their own, each named by its Python: ``--apscheduler``,
``--jupyter-scheduler``; without these they are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from jupyter_mlops.entities import RunStatus, Schedule, Slot, SlotKind, SlotStatus
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.schema import SCHEMA
from jupyter_mlops.scheduling.store import SlotStore, me
from jupyter_mlops.scheduling.tick import tick
from tests.faults.scenarios.schedulers import Field, Setup, doubled, unrecorded

ROOT = Path(__file__).parents[2]
RESULT = Path(__file__).parent / "results" / "scheduling.md"
TICK_GOAL = LIST_GOAL = 0.5  # seconds
IDLE_GOAL, MEMORY_GOAL = 0.01, 150e6  # of a core; bytes
INSTALL = {
    "apscheduler": "pip install 'apscheduler<4' sqlalchemy",
    "jupyter-scheduler": "pip install jupyter-scheduler",
}


@dataclass(frozen=True)
class Row:
    """Our figure beside another one, in seconds."""

    work: str
    ours: float
    against: str = ""
    theirs: float | None = None
    note: str = ""


def took(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def reached(true: bool) -> str:
    return "reached" if true else "**missed**"


def check(true: bool, otherwise: str) -> None:
    if not true:
        raise AssertionError(otherwise)


# -- what a tick costs


class Ticks:
    """A scheduler on a store with so many schedules, each due once a day."""

    def __init__(self, root: Path, count: int) -> None:
        self.store = SlotStore(root)
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)
        said = Schedule.model_validate(
            {"notebook": "a.ipynb", "cron": "0 2 * * *", "timezone": "Europe/Berlin", "grace": 86_400}
        )
        self.planned = {f"s{number}": Planned(f"s{number}", said) for number in range(count)}

    def sync(self) -> None:
        self.store.sync(self.planned, self.now)

    def tick(self) -> int:
        done = tick(self.store, self.planned, self.now, me(), limit=2, launch=lambda slot, token: None)
        check(not done.problems, str(done.problems))
        return done.created

    def end_all(self) -> None:
        with self.store.writing() as connection:
            connection.execute(
                "UPDATE slots SET status = 'ran', ended = created WHERE status IN ('due', 'running')"
            )


def plainly(folder: Path, count: int) -> float:
    """As many rows, put into a table of SQLite by nothing but SQLite."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS slots (schedule, key, due, status, PRIMARY KEY (schedule, key))"
    )
    connection.execute("DELETE FROM slots")
    rows = [(f"s{number}", "2026-01-01T01:00:00+00:00", "2026-01-01", "due") for number in range(count)]

    def insert() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO slots VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")

    seconds = took(insert)
    connection.close()
    return seconds


def ticks(folder: Path, count: int, times: int, peer: dict[str, float]) -> Iterator[Row]:
    """With nothing due, and with everything at once."""
    (folder / "ticks").mkdir()
    of = Ticks(folder / "ticks", count)
    first = took(of.sync)
    of.tick()
    unchanged = statistics.median(took(of.sync) for _ in range(times))
    idle = statistics.median(took(of.tick) for _ in range(5 * times))
    made = []
    for _ in range(times):
        of.end_all()
        of.now += timedelta(days=1)
        made.append(took(lambda: check(of.tick() == count, "not all were made")))
    waiting = statistics.median(took(of.tick) for _ in range(times))
    insert = statistics.median(plainly(folder, count) for _ in range(times))
    other = "APScheduler 3, SQLAlchemy store"
    yield Row(
        f"tick, {count:,} schedules, none due", idle, other, peer.get("idle"),
        f"goal {TICK_GOAL} s {reached(idle < TICK_GOAL)}",
    )  # fmt: skip
    due = statistics.median(made)
    yield Row(
        f"tick, {count:,} schedules, all due at once", due, "the same rows inserted plainly", insert,
        f"goal {TICK_GOAL} s {reached(due < TICK_GOAL)}; theirs: one transaction, no look at any schedule",
    )  # fmt: skip
    if "due" in peer:
        few = peer["count"]
        yield Row(f"the same, for each {few:,.0f} of them", due * few / count, other, peer["due"])
    yield Row(f"tick, {count:,} slots wait for room", waiting)
    yield Row(f"taking up {count:,} schedules", first, note=f"and again, unchanged: {unchanged:.3f} s")
    of.store.close()


def lives(folder: Path, count: int) -> Iterator[Row]:
    """Claim, first beat and end of a slot: three transactions, each on the disk."""
    (folder / "lives").mkdir()
    of = Ticks(folder / "lives", 1)
    of.sync()
    for number in range(count):
        of.store.offer("s0", str(number), of.now, SlotKind.MANUAL)

    def live() -> None:
        def launch(slot: Slot, token: str) -> None:
            of.store.beat(slot.id, token)
            of.store.finish(slot.id, token, SlotStatus.RAN, outcome=RunStatus.FINISHED)

        for _ in range(count):
            tick(of.store, of.planned, of.now, me(), limit=1, launch=launch)

    ours = took(live) / count
    check(of.store.states()["s0"].counts == {"ran": count}, "not all ran")
    connection = sqlite3.connect(folder / "commits.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE a (b)")

    def commits() -> None:
        for _ in range(3 * count):
            connection.execute("INSERT INTO a VALUES (1)")

    theirs = took(commits) / count
    connection.close()
    of.store.close()
    yield Row("tick, claim, first beat and end of one slot", ours, "three plain commits of SQLite", theirs)


# -- the past


def remember(store: SlotStore, schedules: int, count: int, now: datetime) -> None:
    """Give so many schedules a past of `count` slots in all; without the triggers, which would take long."""
    with store.writing() as connection:
        connection.execute("DROP TRIGGER slot_added")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)"
            " INSERT INTO slots (schedule, key, kind, due, status, outcome, created, started, ended, attempt)"
            " SELECT 's' || (i % ?2), 'k' || i, 'time',"
            " strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', ?3, '-' || (i / ?2 + 1) || ' minutes'),"
            " 'ran', 'FINISHED', ?4, ?4, ?4, 1 FROM n",
            [count, schedules, f"{now:%Y-%m-%d %H:%M:%S}", now.isoformat(timespec="microseconds")],
        )
        connection.execute(
            "UPDATE schedules SET ran = ?, last = (SELECT max(id) FROM slots WHERE schedule = name)",
            [count // schedules],
        )
        trigger = SCHEMA[SCHEMA.index("CREATE TRIGGER IF NOT EXISTS slot_added") :]
        connection.execute(trigger[: trigger.index("END;") + 4])


def past(folder: Path, schedules: int, count: int, times: int) -> Iterator[Row]:
    """What is asked every day, without a past and with a long one."""
    root = folder / "past"
    root.mkdir()
    (root / "a.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    lines = [f"  s{number}: {{notebook: a.ipynb, cron: '0 2 * * *'}}" for number in range(schedules)]
    (root / "mlops.yaml").write_text("\n".join(["schedules:", *lines]) + "\n")
    project = Project(root)
    of = Ticks(root, 0)
    of.now, of.planned = datetime.now(UTC), dict(project.planned())
    of.sync()
    of.tick()

    def asked() -> list[float]:
        works = (project.schedules, lambda: of.store.slots("s1"), of.tick)
        return [statistics.median(took(work) for _ in range(times)) for work in works]

    words = [sys.executable, "-m", "jupyter_mlops", "schedule", "list"]

    def command() -> float:
        return statistics.median(
            took(lambda: subprocess.run(words, cwd=root, check=True, capture_output=True))
            for _ in range(times)
        )

    before, bare = asked(), command()
    remember(of.store, schedules, count, of.now)
    after = asked()
    check(sum(sum(s.counts.values()) for s in project.schedules()) == count, "slots are missing")
    listed = command()
    without = "the same without a past"
    yield Row(
        f"schedules of {schedules}, {count:,} past slots", after[0], without, before[0],
        f"`Project.schedules` in a process that runs; goal {LIST_GOAL} s {reached(after[0] < LIST_GOAL)}",
    )  # fmt: skip
    yield Row(
        "`schedule list`, the whole command", listed, without, bare,
        f"goal {LIST_GOAL} s {reached(listed < LIST_GOAL)}; theirs is what the command takes by itself",
    )  # fmt: skip
    yield Row("the 20 newest slots of one", after[1], without, before[1])
    yield Row("tick, none due", after[2], without, before[2])
    of.store.close()


def idle(folder: Path, seconds: float) -> str:
    """CPU and memory of a scheduler that has nothing to do."""
    root = folder / "past"
    words = [sys.executable, "-m", "jupyter_mlops", "scheduler", "start"]
    process = subprocess.Popen(words, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(min(20.0, seconds))
        before = cpu(process.pid)
        time.sleep(seconds)
        check(process.poll() is None, "the scheduler ended")
        store = SlotStore(root)
        here = [found for found in store.schedulers() if found.owner.endswith(f":{process.pid}")]
        store.close()
        check(bool(here) and here[0].alive, "the scheduler does not tick")
        share = (cpu(process.pid) - before) / seconds
        status = Path(f"/proc/{process.pid}/status").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    check(peak < MEMORY_GOAL, f"{peak / 1e6:.0f} MB")
    return (
        f"An idle scheduler: {share:.3%} of a core (goal 1 %, {reached(share < IDLE_GOAL)}),"
        f" {peak / 1e6:.0f} MB at most (goal 150 MB, {reached(peak < MEMORY_GOAL)})."
    )


def cpu(pid: int) -> float:
    """CPU seconds of all threads of a process so far, to the nanosecond."""
    stats = [(task / "schedstat").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int(text.split()[0]) for text in stats) / 1e9


# -- kills


@dataclass(frozen=True)
class Fates:
    """What became of slots: how many there should be, began twice or more often, never began and were not
    told of, were cut off without anybody telling."""

    who: str
    slots: int
    kills: str
    doubled: int
    lost: int
    untold: int


def ours(folder: Path, names: int, dues: int, every: float, kills: int, seed: int) -> Fates:
    """Four schedulers of this project on one store, killed at any time, and so are their workers."""
    chance = random.Random(seed)
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    times = [begin + timedelta(seconds=every * number) for number in range(dues)]
    said = {
        "notebook": "a.ipynb", "every": every, "start": begin.isoformat(), "misfire": "all", "limit": 8,
        "end": (times[-1] + timedelta(seconds=every / 2)).isoformat(), "overlap": "queue",
    }  # fmt: skip
    schedules = {f"s{number}": said for number in range(names)}
    expected = dict.fromkeys(schedules, times)
    with Field(folder / "ours", Setup(schedules, work=every / 2, limit=16), 4) as field:
        time.sleep(4)
        while field.kills.total() < kills:
            time.sleep(chance.uniform(0.5, 1.5) * dues * every / kills)
            if chance.random() < 0.5:
                field.kill_a_scheduler(chance)
            else:
                field.kill_a_worker(chance)
        check(field.settled(names * dues, 300), "some slots never ended")
        missing = unrecorded(field, expected)
        twice = doubled(field)
        told = f"{field.kills['schedulers']} + {field.kills['workers']}"
    check(not twice and not missing, f"{twice} {missing}")
    return Fates("jupyter-mlops", names * dues, told, len(twice), len(missing), 0)


def theirs(
    folder: Path, python: str, who: str, names: int, dues: int, every: int, kills: int, seed: int
) -> Fates:
    """Four schedulers of another kind on one database, treated alike."""
    chance, place = random.Random(seed), folder / who
    place.mkdir()
    begin = (int(time.time()) // every + 1) * every + (
        20 if who == "jupyter_scheduler" else 6
    ) // every * every
    setup = {"names": [f"s{n}" for n in range(names)], "begin": begin, "every": every, "work": every / 2,
             "end": begin + (dues - 1) * every + every / 2}  # fmt: skip
    (place / "peer.json").write_text(json.dumps(setup))
    words, killed = (
        [python, "-W", "ignore", "-m", "tests.benchmarks.schedulers", who, str(place)],
        Counter[str](),
    )

    def start() -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(words, cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True)

    running = [start()]
    groups = [running[0].pid]  # of all that were ever started: workers of a killed one may go on
    while not (place / "added").exists():
        check(running[0].poll() is None, f"{who} did not start")
        time.sleep(0.1)
    running += [start() for _ in range(3)]
    groups += [process.pid for process in running[1:]]
    time.sleep(max(0.0, begin - time.time()))
    while time.time() < setup["end"]:
        time.sleep(chance.uniform(0.5, 1.5) * dues * every / kills)
        if chance.random() < 0.5:
            index = chance.randrange(4)
            running[index].kill()
            running[index].wait()
            running[index] = start()
            groups.append(running[index].pid)
            killed["schedulers"] += 1
        elif alive := at_work(place):
            with contextlib.suppress(OSError):
                os.kill(chance.choice(alive), signal.SIGKILL)
            killed["workers"] += 1
    time.sleep(3 * every)
    (place / "stop").touch()
    for group in groups:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    for process in running:
        process.wait()
    begun: Counter[tuple[str, int]] = Counter()
    ended: Counter[tuple[str, int]] = Counter()
    for words_of in map(str.split, (place / "log").read_text().splitlines()):
        (begun if words_of[0] == "begin" else ended)[words_of[1], int(words_of[2])] += 1
    slots = [(name, number) for name in setup["names"] for number in range(dues)]
    return Fates(
        who, len(slots), f"{killed['schedulers']} + {killed['workers']}",
        sum(begun[slot] > 1 for slot in slots), sum(not begun[slot] for slot in slots),
        sum(bool(begun[slot]) and not ended[slot] for slot in slots),
    )  # fmt: skip


def at_work(place: Path) -> list[int]:
    """The processes of workers that are at work."""
    pids: Counter[int] = Counter()
    log = place / "log"
    for line in log.read_text().splitlines() if log.exists() else ():
        what, _, _, pid = line.split()
        pids[int(pid)] += 1 if what == "begin" else -1
    return [pid for pid, open_ones in pids.items() if open_ones > 0 and Path(f"/proc/{pid}").exists()]


# -- the table


def table(rows: list[Row], still: str, fates: list[Fates], versions: str, seconds: float) -> str:
    """All figures as Markdown."""
    lines = [
        "# Schedules",
        "",
        "Medians of wall seconds. Ratio: ours over the other's; smaller is better.",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores,",
        f"{versions}.",
        "",
        "| work | ours | against | | ratio | |",
        "|---|---|---|---|---|---|",
        *map(line_of, rows),
        "",
        still,
        "",
        "Four schedulers on one database; they and their workers are killed (SIGKILL) at random times, and",
        "schedulers come back. Nothing is to be tried again. Doubled: began more than once. Lost: never",
        "began, and no record says so. Cut off: began, did not end, and no record says so.",
        "",
        "| | slots | kills: schedulers + workers | doubled | lost | cut off |",
        "|---|---|---|---|---|---|",
        *(
            f"| {x.who} | {x.slots:,} | {x.kills} | {x.doubled:,} | {x.lost:,} | {x.untold:,} |"
            for x in fates
        ),
        "",
        "The others do not tell a run which due time it is for: it is taken from when the run began, so that",
        "one that began a whole interval late counts as doubled for the next due time and lost for its own.",
        "",
        f"Measured in {seconds:.0f} s ({datetime.now(UTC):%Y-%m-%d}); load average {os.getloadavg()[2]:.0f}.",
    ]
    return "\n".join(lines) + "\n"


def line_of(row: Row) -> str:
    """A line of the table."""
    ratio = f"{row.ours / row.theirs:.2g}" if row.theirs else ""
    other = "" if row.theirs is None else shown(row.theirs)
    against = row.against if row.theirs is not None else ""
    return f"| {row.work} | {shown(row.ours)} | {against} | {other} | {ratio} | {row.note} |"


def shown(seconds: float) -> str:
    """Seconds, with as many digits as mean something."""
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds * 1000:.2g} ms"


def peer_costs(python: str, count: int, folder: Path) -> dict[str, float]:
    """What ticks of APScheduler cost: idle with `count` jobs, and with a tenth of them, all due."""
    found: dict[str, float] = {"count": count / 10}
    for number, what in ((count, "idle"), (count // 10, "due")):
        place = folder / f"costs-{what}"
        place.mkdir()
        words = [
            python,
            "-W",
            "ignore",
            "-m",
            "tests.benchmarks.schedulers",
            "costs",
            str(place),
            str(number),
        ]
        done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
        found[what] = json.loads(done.stdout.splitlines()[-1])[what]
    return found


def versions_of(peers: dict[str, str]) -> str:
    """Of this project and of those beside it."""
    found = [f"jupyter-mlops {metadata.version('jupyter-mlops')}"]
    for name, python in peers.items():
        words = [python, "-c", f"from importlib import metadata; print(metadata.version({name!r}))"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        found.append(f"{name} {done.stdout.strip()}")
    return ", ".join(found)


def main() -> None:
    """Measure, print, and unless short write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="once, with few; write nothing")
    for name, install in INSTALL.items():
        parser.add_argument(f"--{name}", metavar="PYTHON", help=f"one that has it: {install}")
    words = parser.parse_args()
    given = {name: getattr(words, name.replace("-", "_")) for name in INSTALL}
    peers = {name: python for name, python in given.items() if python}
    count, slots, times = (200, 2_000, 1) if words.short else (10_000, 1_000_000, 5)
    before = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        costs = peer_costs(peers["apscheduler"], count, folder) if "apscheduler" in peers else {}
        rows = [*ticks(folder, count, times, costs), *lives(folder, count // 10)]
        print(f"{time.monotonic() - before:6.0f} s  ticks", file=sys.stderr, flush=True)
        rows += past(folder, 100, slots, times)
        still = idle(folder, 2.0 if words.short else 40.0)
        print(f"{time.monotonic() - before:6.0f} s  past", file=sys.stderr, flush=True)
        size = (2, 5, 0.5, 2) if words.short else (10, 100, 1.0, 40)
        fates = [ours(folder, *size, seed=14)]
        if "apscheduler" in peers:
            shape = (2, 5, 1, 2) if words.short else (10, 100, 1, 40)
            fates.append(theirs(folder, peers["apscheduler"], "apscheduler", *shape, seed=14))
        if "jupyter-scheduler" in peers:  # each of its slots is a process that takes seconds to come up
            shape = (2, 2, 10, 2) if words.short else (2, 10, 10, 14)
            fates.append(theirs(folder, peers["jupyter-scheduler"], "jupyter_scheduler", *shape, seed=14))
        text = table(rows, still, fates, versions_of(peers), time.monotonic() - before)
    print(text, flush=True)
    if not words.short:
        RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
