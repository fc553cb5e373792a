"""Promotions that are killed at each of their steps, and many at once: in processes that are forked of one
which has MLflow imported, and no database open.

``python -m tests.faults.scenarios.promoting kills|crowd|approvals FOLDER`` prints what came of it as JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import LedgerEntry, RunKind, RunStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import ledger, registry
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.tags import OVERRIDDEN

RULES = "rules"
PROCESSES, THREADS = 4, 25
WRITES = ("create_experiment", "create_run", "update_run_info", "log_param", "set_tag")
REGISTRY_WRITES = ("set_registered_model_alias", "set_model_version_tag", "set_registered_model_tag")
IMPOSSIBLE = "m >= 2"  # a gate that says no
_fork = multiprocessing.get_context("fork")


def project(root: Path, *, gates: Sequence[str] = ()) -> Project:
    """A project on the store that the environment names, else its own."""
    root.mkdir(parents=True, exist_ok=True)
    text = f"models: {{{RULES}: {{gates: {json.dumps(list(gates))}}}}}\n" if gates else ""
    (root / "mlops.yaml").write_text(text, encoding="utf-8")
    return Project(root)


def register(made: Project, versions: int, name: str = RULES) -> None:
    """Versions of a model, all of one file."""
    recorder = Recorder.start(made.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    file = made.root / "a.txt"
    file.write_text("a", encoding="utf-8")
    recorder.artifact(file)
    recorder.metrics({"m": 0.5})
    recorder.close(RunStatus.FINISHED, exit_code=0)
    client = made.store.client()
    first = made.register(recorder.run_id, f"{name}=a.txt")
    for _ in range(versions - 1):
        client.create_model_version(name, first.source, recorder.run_id)


def forked(call: Callable[[], None]) -> int:
    """Call it in a process of its own; how that ended."""
    process = _fork.Process(target=call)
    process.start()
    process.join(120)
    code = process.exitcode
    process.kill()
    return -999 if code is None else code


def killed_at(step: int, made: Project, act: Callable[[Project], object]) -> None:
    """Act, and die before that write of all that the ledger and its alias take; after the last one, live."""
    store, count = ledger._client(made.store), iter(range(10**6))
    client = made.store.client()

    def dying(write: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **more: Any) -> Any:
            if next(count) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return write(*arguments, **more)

        return wrapped

    append = ledger.append

    def armed(*arguments: Any) -> Any:
        for owner, names in ((type(store), WRITES), (type(client), REGISTRY_WRITES)):
            for name in names:
                if not getattr(getattr(owner, name), "armed", False):
                    wrapper = dying(getattr(owner, name))
                    wrapper.armed = True  # type: ignore[attr-defined]
                    setattr(owner, name, wrapper)
        return append(*arguments)

    ledger.append = armed  # gates have been judged by then
    act(made)


def look(made: Project, name: str) -> dict[str, Any]:
    """What is in the store, as it is, and what the next reader finds."""
    raw = ledger.read(made.store, name)
    known = registry.registered(made.store, name)
    told = made.history(name, verify=True)
    again = registry.registered(made.store, name)
    tags = {version.version: sorted(version.tags) for version in made.models(name)}
    assert known is not None
    assert again is not None
    return {
        "behind": [len(raw.entries), known.aliases.get("champion")],
        "entries": [(entry.action.value, entry.to_version) for entry in told.entries],
        "findings": [finding.message for finding in told.findings or ()],
        "champion": again.aliases.get("champion"),
        "overridden": [version for version, keys in tags.items() if OVERRIDDEN in keys],
    }


def kills(folder: Path, action: str) -> list[dict[str, Any]]:
    """One promotion after the other, each of another model, killed before its first write, its second, and so
    on, until one is through; then the model as the next reader finds it, and promoted again."""
    found: list[dict[str, Any]] = []
    gates = [IMPOSSIBLE] if action == "override" else []
    for step in range(100):
        root, name = folder / f"{action}-{step}", f"{RULES}-{action}-{step}-{os.getpid()}"
        seen = root / "seen.json"

        def prepare(root: Path = root, name: str = name) -> None:
            made = project(root)
            register(made, 3, name)
            if action != "first":
                made.promote(f"{name}@1")
                made.promote(f"{name}@3")
            (root / "mlops.yaml").write_text(
                f"models: {{{name}: {{gates: {json.dumps(gates)}}}}}\n" if gates else "", encoding="utf-8"
            )

        def act(step: int = step, root: Path = root, name: str = name) -> None:
            killed_at(step, Project(root), lambda made: ACTIONS[action](made, name))

        def after(root: Path = root, name: str = name, seen: Path = seen) -> None:
            made = Project(root)
            looked = look(made, name)
            made.promote(f"{name}@2", override=True, reason="again") if looked["champion"] != "2" else None
            seen.write_text(json.dumps({**looked, "then": look(made, name)}), encoding="utf-8")

        assert forked(prepare) == 0
        code = forked(act)
        assert forked(after) == 0
        found.append({"step": step, "code": code, **json.loads(seen.read_text(encoding="utf-8"))})
        if code == 0:
            return found
    raise AssertionError("it never got through")


ACTIONS: dict[str, Callable[[Project, str], object]] = {
    "first": lambda made, name: made.promote(f"{name}@2", reason="first"),
    "promote": lambda made, name: made.promote(f"{name}@2", reason="newer"),
    "override": lambda made, name: made.promote(f"{name}@2", override=True, reason="hotfix"),
    "rollback": lambda made, name: made.rollback(name),
}


def crowd(folder: Path) -> dict[str, Any]:
    """100 promotions of different versions, all judged against one champion before any of them goes on."""
    count = PROCESSES * THREADS

    def prepare() -> None:
        made = project(folder / "0")
        register(made, count + 1)
        made.promote(f"{RULES}@{count + 1}")

    assert forked(prepare) == 0
    barrier = _fork.Barrier(count)

    def one(made: Project, number: int) -> str:
        def wait(result: object, done: int, total: int) -> None:
            if done == total:
                barrier.wait(300)

        entry = made.promote(f"{RULES}@{number}", done=wait).entry
        assert isinstance(entry, LedgerEntry)
        return entry.to_version

    return {**at_once(folder, one), "look": looked(folder)}


def approvals(folder: Path) -> dict[str, Any]:
    """100 approvals at once, the first that the ledger ever sees."""

    def prepare() -> None:
        register(project(folder / "0"), 1)

    assert forked(prepare) == 0
    barrier = _fork.Barrier(PROCESSES * THREADS)

    def one(made: Project, number: int) -> str:
        barrier.wait(300)
        return str(made.approve(f"{RULES}@1", reason=f"number {number}").entry)

    return {**at_once(folder, one), "look": looked(folder)}


def looked(folder: Path) -> dict[str, Any]:
    """The model as somebody who comes later finds it."""
    found: dict[str, Any] = look(Project(folder / "0"), RULES)
    return found


def at_once(folder: Path, one: Callable[[Project, int], str]) -> dict[str, Any]:
    """Each thread of each process does one thing. Each process has a project of its own, and so a lock of its
    own: only the store stands between them."""
    results = _fork.Queue()

    def attempt(made: Project, number: int) -> None:
        try:
            results.put(("done", one(made, number)))
        except Refused as error:
            results.put(("refused", str(error)))
        except BaseException:
            results.put(("broken", traceback.format_exc()))

    def process(place: int) -> None:
        made = project(folder / str(place))
        numbers = range(place * THREADS + 1, (place + 1) * THREADS + 1)
        threads = [threading.Thread(target=attempt, args=(made, number)) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    processes = [_fork.Process(target=process, args=(place,)) for place in range(PROCESSES)]
    for each in processes:
        each.start()
    found = [results.get(timeout=300) for _ in range(PROCESSES * THREADS)]
    for each in processes:
        each.join(60)
    return {kind: [text for how, text in found if how == kind] for kind in ("done", "refused", "broken")}


def main(words: Sequence[str]) -> None:
    """Do what the words say."""
    import logging

    import mlflow.sklearn  # noqa: F401  # before there are forks

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore  # noqa: F401
    from mlflow.store.tracking import sqlalchemy_store  # noqa: F401

    from jupyter_mlops.promotion import judging, moving  # noqa: F401
    from jupyter_mlops.promotion.judges import metrics, state  # noqa: F401

    what, folder = words[0], Path(words[1])
    done: Any = {"crowd": crowd, "approvals": approvals}.get(what, lambda folder: kills(folder, what))(folder)
    print(json.dumps(done))


if __name__ == "__main__":
    main(sys.argv[1:])
