"""Other schedulers, as they are put through what ours is: imports none of this project, for environments of
their own.

``python -m tests.benchmarks.schedulers apscheduler FOLDER`` is one scheduler process on the schedules of
``FOLDER/peer.json``; so is ``jupyter_scheduler``. What their workers do is written to ``FOLDER/log``.
``costs FOLDER COUNT`` measures ticks of APScheduler with so many jobs.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def told(folder: Path) -> dict[str, Any]:
    """What is to run: names, the first due time and the last, seconds between two and of each run."""
    found: dict[str, Any] = json.loads((folder / "peer.json").read_text())
    return found


def run(folder: str, name: str) -> None:
    """The work of a slot; its due time is not told, so that it is taken from the clock."""
    setup = told(Path(folder))
    due = round((time.time() - setup["begin"]) // setup["every"])
    for what in ("begin", "end"):
        with open(Path(folder) / "log", "ab", buffering=0) as log:
            log.write(f"{what} {name} {due} {os.getpid()}\n".encode())
        if what == "begin":
            time.sleep(setup["work"])


def nothing() -> None:
    """A job."""


def _jobs(folder: Path) -> Any:
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore

    return SQLAlchemyJobStore(url=f"sqlite:///{folder / 'jobs.db'}")


def apscheduler(folder: Path) -> None:
    """APScheduler 3 with its SQLAlchemy store, workers in processes; nothing coalesced, nothing too late."""
    from apscheduler.executors.pool import ProcessPoolExecutor
    from apscheduler.jobstores.base import ConflictingIdError
    from apscheduler.schedulers.background import BackgroundScheduler

    setup = told(folder)
    scheduler = BackgroundScheduler(
        jobstores={"default": _jobs(folder)},
        executors={"default": ProcessPoolExecutor(4)},
        job_defaults={"coalesce": False, "max_instances": 8, "misfire_grace_time": None},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    if not (folder / "added").exists():
        for name in setup["names"]:
            try:
                scheduler.add_job(
                    "tests.benchmarks.schedulers:run", "interval", [str(folder), name], id=name,
                    seconds=setup["every"],
                    start_date=datetime.fromtimestamp(setup["begin"], UTC),
                    end_date=datetime.fromtimestamp(setup["end"], UTC),
                )  # fmt: skip
            except ConflictingIdError:
                pass
        (folder / "added").touch()
    scheduler.resume()
    while not (folder / "stop").exists():
        time.sleep(0.1)
    os._exit(0)


def jupyter_scheduler(folder: Path) -> None:
    """jupyter-scheduler's scheduler and task runner, as its server extension starts them, on one database."""
    from jupyter_scheduler.environments import StaticEnvironmentManager
    from jupyter_scheduler.models import CreateJobDefinition
    from jupyter_scheduler.orm import create_tables
    from jupyter_scheduler.scheduler import Scheduler

    from tests.benchmarks.slot_manager import Manager

    setup = told(folder)
    url = f"sqlite:///{folder / 'scheduler.sqlite'}"
    kernel = {"name": "python3", "display_name": "p", "language": "python"}
    notebook = {"cells": [], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "a.ipynb").write_text(json.dumps(notebook))
    create_tables(url)
    scheduler = Scheduler(root_dir=str(folder), environments_manager=StaticEnvironmentManager(), db_url=url)
    scheduler.staging_path = str(folder / "staging")
    scheduler.execution_manager_class = Manager
    runner = scheduler.task_runner
    runner.poll_interval = 1
    scheduler.task_runner = None  # it reads what is in the database when it starts
    if not (folder / "added").exists():
        (folder / "added").touch()
        for name in setup["names"]:
            scheduler.create_job_definition(
                CreateJobDefinition(
                    input_uri="a.ipynb",
                    runtime_environment_name="e",
                    name=name,
                    timezone="UTC",
                    output_formats=[],
                    schedule=f"* * * * * */{setup['every']}",
                )
            )

    async def serve() -> None:
        scheduler.task_runner = runner
        running = asyncio.create_task(runner.start())
        while not (folder / "stop").exists() and not running.done():
            await asyncio.sleep(0.2)
        if running.done():
            print(running.exception(), flush=True)
        os._exit(1 if running.done() else 0)

    asyncio.run(serve())


def costs(folder: Path, count: int) -> None:
    """Ticks of APScheduler 3: with nothing due, and with all that there is due; runs are not begun."""
    from apscheduler.executors.base import BaseExecutor
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.base import STATE_RUNNING, BaseScheduler
    from sqlalchemy import create_engine, event

    class Idle(BaseExecutor):
        def _do_submit_job(self, job: Any, run_times: Any) -> None:
            self._run_job_success(job.id, [])

    class Plain(BaseScheduler):
        def shutdown(self, wait: bool = True) -> None:
            super().shutdown(wait)

        def wakeup(self) -> None:
            pass

    engine, safe = create_engine(f"sqlite:///{folder / 'jobs.db'}"), False

    @event.listens_for(engine, "connect")
    def _(connection: Any, record: Any) -> None:
        connection.execute(f"PRAGMA synchronous = {'FULL' if safe else 'OFF'}")

    scheduler = Plain(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)}, executors={"default": Idle()},
        timezone="UTC",
    )  # fmt: skip
    due = datetime.now(UTC) + timedelta(seconds=5 + count * 0.01)  # by then all are added
    for number in range(count):
        scheduler.add_job(
            "tests.benchmarks.schedulers:nothing", "interval", days=1, id=f"j{number}", next_run_time=due
        )
    scheduler.start(paused=True)
    scheduler.state, safe = STATE_RUNNING, True
    engine.dispose()
    idle = [_seconds(scheduler._process_jobs) for _ in range(5)]
    late = (datetime.now(UTC) - due).total_seconds()
    if late > 0:
        raise RuntimeError(f"adding the jobs took {late:.0f} s longer than thought")
    time.sleep(0.1 - late)
    print(json.dumps({"idle": statistics.median(idle), "due": _seconds(scheduler._process_jobs)}))


def _seconds(work: Any) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def main() -> None:
    """Be what was asked for."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "costs":
        costs(folder, int(sys.argv[3]))
    else:
        {"apscheduler": apscheduler, "jupyter_scheduler": jupyter_scheduler}[what](folder)


if __name__ == "__main__":
    main()
