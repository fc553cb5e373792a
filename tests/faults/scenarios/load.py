"""F7 and F8: many runs at once, and very much output."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from pathlib import Path

from tests.conftest import cell, write
from tests.faults.scenarios.figures import Figures
from tests.faults.scenarios.tools import Ours, Tool

RESIDENT = 300  # MB that the runner may take, whatever is printed
LINE = 99  # characters of a printed line, without its end


def parallel(tool: Tool, count: int) -> Figures:
    """F7: `count` runs of one notebook at once, and a reader that looks at their outputs all the time: ours
    go to one folder and, behind a manifest, to the artifacts; Papermill's to one file."""
    source = "import time\nfor i in range(20):\n    print(i, 'x' * 20_000)\n    time.sleep(0.02)"
    path = write(tool.folder / "n.ipynb", [cell(source, identifier=f"c{i}") for i in range(3)])
    target = tool.folder / "out"
    target.mkdir()
    reader = _Reader(tool.folder)
    attempts = []
    for _ in range(count):
        output = target if isinstance(tool, Ours) else target / "n.ipynb"
        attempts.append(tool.start(path, output=output))
    codes = [attempt.wait(600) for attempt in attempts]
    torn = reader.stop()
    figures = Figures()
    for code in codes:
        figures.judge("run", [f"exit code {code}" if code else None])
    figures.judge("reads", [f"{len(torn)} of {reader.reads} reads torn, e.g. {torn[0]}" if torn else None])
    figures.measure("reads", reader.reads, "")
    if isinstance(tool, Ours):
        found = [run.status.value for run in tool.project.runs(limit=10 * count)]
        versions = len(list(target.glob("*.ipynb")))
        wrong = f"{versions} versions, runs {sorted(set(found))} {len(found)}"
        whole = versions == count and found == ["FINISHED"] * count
        figures.judge("versions", [None if whole else wrong])
    return figures


def printed(tool: Tool, lines: int) -> Figures:
    """F8: one cell prints so many lines of 100 bytes; then as many small flushed prints, and tqdm updates,
    as are in proportion to 2,000,000 lines, 100,000 prints and 10,000 updates."""
    figures = Figures()
    source = f"for i in range({lines}):\n    print(f'{{i:0{LINE}d}}')"
    peak = _whole(tool, "lines", source, [f"{i:0{LINE}d}" for i in range(lines)], figures)
    figures.measure(f"peak with {lines * (LINE + 1) // 1_000_000} MB printed", peak, "MB")
    figures.judge("memory", [f"{peak:.0f} MB resident, not {RESIDENT}" if peak > RESIDENT else None])
    prints = lines // 20
    source = f"for i in range({prints}):\n    print('print', i, flush=True)"
    _whole(tool, "prints", source, [f"print {i}" for i in range(prints)], figures)
    updates = lines // 200
    source = (
        "from tqdm import tqdm\n"
        f"for i in tqdm(range({updates}), mininterval=0, miniters=1, ascii=True):\n    pass"
    )
    _whole(tool, "updates", source, [f"{i}/{updates}" for i in range(updates + 1)], figures)
    return figures


def _whole(tool: Tool, name: str, source: str, expected: list[str], figures: Figures) -> float:
    """Run a notebook of this cell; its runner's peak memory in MB, as far as it was looked at."""
    path = write(tool.folder / f"{name}.ipynb", [cell(source, identifier="a")])
    log = tool.folder / f"{name}.terminal"
    with log.open("wb") as terminal:
        process = subprocess.Popen(tool.command(path), cwd=tool.folder, stdout=terminal, stderr=terminal)
        peak = _peak(process)
    found = _pieces(name, _kept_text(tool, path))
    wanted = set(expected)
    missing = len(wanted.difference(found))
    ordered = name == "updates" or [piece for piece in found if piece in wanted] == expected
    problems = [
        f"exit code {process.returncode}" if process.returncode else None,
        f"{missing} of {len(expected)} are lost" if missing else None,
        None if ordered or missing else "they are out of order, or doubled",
        _unmarked(tool, path, expected) if name == "lines" and isinstance(tool, Ours) else None,
    ]
    figures.judge(name, problems)
    return peak


def _kept_text(tool: Tool, path: Path) -> str:
    """All that the run printed, wherever the tool keeps the whole of it."""
    if isinstance(tool, Ours):
        return (tool.executed(path).parent / "output.log").read_text(encoding="utf-8")
    return "".join(told.text for told in tool.told(path))


def _pieces(name: str, text: str) -> list[str]:
    return re.findall(r"\d+/\d+", text) if name == "updates" else text.split("\n")


def _unmarked(tool: Tool, path: Path, expected: list[str]) -> str | None:
    """A problem, where the notebook does not hold all of it and does not say so."""
    told = tool.told(path)
    text = told[0].text if told else ""
    whole = len(text) >= len(expected) * (LINE + 1)
    return (
        None if whole or "characters cut here; all of it is in output.log" in text else "no mark of the cut"
    )


def _peak(process: subprocess.Popen[bytes]) -> float:
    """Follow the process to its end; the high-water mark of its memory in MB."""
    peak = 0.0
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        for line in status.read_text().splitlines() if status.exists() else ():
            if line.startswith("VmHWM:"):
                peak = max(peak, int(line.split()[1]) / 1024)
        time.sleep(0.02)
    return peak


class _Reader:
    """Reads every output below a folder, and every artifact that a manifest lists, again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reads = 0
        self.torn: list[str] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def stop(self) -> list[str]:
        """Stop; the reads that gave no whole notebook."""
        self._end.set()
        self._thread.join()
        return self.torn

    def _read(self) -> None:
        while not self._end.wait(0.01):
            listed = self.folder.glob("mlruns/*/*/artifacts/mlops/manifest.json")
            kept = [path.with_name("n.ipynb") for path in listed]
            for path in [*self.folder.glob("out/*.ipynb"), *kept]:
                try:
                    text = path.read_text(encoding="utf-8")
                except OSError:
                    continue
                self.reads += 1
                try:
                    json.loads(text)
                except ValueError as error:
                    self.torn.append(f"{path.name}: {error}"[:200])
