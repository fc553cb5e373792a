"""F13: the runner is killed while what the run left becomes artifacts."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jupyter_mlops.entities import Output
from jupyter_mlops.files import damaged
from tests.faults.scenarios import talking
from tests.faults.scenarios.figures import Figures
from tests.faults.scenarios.tools import Attempt, Ours, Tool
from tests.faults.scenarios.tracing import CALLS, attached

PRINTED = 2_000_000  # characters, so that some files are large
_CELL = f"""
print("x" * {PRINTED})
note("begin-1")
while not os.path.exists(f"{{marks}}/go"):
    time.sleep(0.01)
"""
_KINDS = ("openat", "write", "sendfile", "rename")  # how often the database syncs is up to chance
_TRUE = {"FINISHED", "KILLED"}  # it was closed in time, or was not


def upload_cut(tool: Tool, count: int) -> Figures:
    """Kill the runner at `count` of the system calls that name an artifact, some of them more than once."""
    assert isinstance(tool, Ours)
    places = _places(_calls(tool))
    figures = Figures()
    for number in range(count):
        call, nth = places[(2 * number + 1) * len(places) // (2 * count)]
        for before in (0, 5, 10, 20):  # a run may have some calls less than the one that was counted
            fault = f"{CALLS[call]}:signal=SIGKILL:when={nth - before}"
            attempt = _traced(tool, f"f13-{number}-{before}", (call,), fault)
            if attempt.process.exitcode == -9:
                break
        else:
            raise RuntimeError(f"no run was cut at {call} {nth}")
        figures.judge(f"{call} {nth}", [_partial(tool), _settled(tool, attempt)])
    return figures


def _traced(tool: Ours, name: str, calls: tuple[str, ...], fault: str | None) -> Attempt:
    path, marks = talking.notebook(tool, name, [_CELL])
    attempt = tool.start(path)
    marks.await_("begin-1", attempt)
    with attached(attempt.pid, tool.folder / f"{name}.strace", calls, fault):
        (marks.folder / "go").touch()
        attempt.wait()
    return attempt


def _calls(tool: Ours) -> list[str]:
    """All calls of a run that nothing happens to, from the end of its cell on."""
    attempt = _traced(tool, "f13-whole", _KINDS, None)
    if attempt.process.exitcode:
        raise RuntimeError(f"the whole run failed: {attempt.output()[-500:]}")
    return (tool.folder / "f13-whole.strace").read_text(errors="replace").splitlines()


def _places(lines: list[str]) -> list[tuple[str, int]]:
    """(kind of call, which of its kind) of each call that names an artifact."""
    seen = dict.fromkeys(_KINDS, 0)
    found = []
    for line in lines:
        kind = next((kind for kind in _KINDS if re.match(rf"({_names(kind)})\(", line)), None)
        if kind is not None:
            seen[kind] += 1
            found += [(kind, seen[kind])] * ("/artifacts/" in line)
    return found


def _names(kind: str) -> str:
    return CALLS[kind].replace("?", "").replace(",", "|")


def _partial(tool: Ours) -> str | None:
    """Before anything is settled: where there is a manifest, all that it lists is there."""
    for path in tool.folder.glob("mlruns/*/*/artifacts/mlops/manifest.json"):
        if wrong := _lacking(path):
            return f"a manifest lists what is not whole: {wrong}"
    return None


def _lacking(manifest: Path) -> list[str]:
    try:
        listed = [Output.model_validate(item) for item in json.loads(manifest.read_text(encoding="utf-8"))]
    except ValueError:
        return ["the manifest itself"]
    return damaged(manifest.parent, listed)


def _settled(tool: Ours, attempt: Attempt) -> str | None:
    """After the next command the run is told truly, with all of its files."""
    shown = tool.project.show(tool.run(attempt.notebook).run_id)
    words = [record.status.value for record in shown.cells]
    if shown.run.status.value not in _TRUE or shown.damaged or not shown.outputs or words != ["ok", "ok"]:
        return f"{shown.run.status}, damaged {shown.damaged}, {len(shown.outputs)} files, cells {words}"
    told = tool.told(attempt.notebook)
    whole = [one.status for one in told] == ["completed"] * 2 and len(told[1].text) > PRINTED
    return None if whole else "the executed notebook is not whole"
