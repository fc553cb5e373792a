"""What cells show, kept on disk as it comes: the memory this takes does not grow with it.

Every output is one line of a file; the notebook is put together from them when it is asked for. All that
is printed goes, whole, to a log beside it; of a cell that prints very much the notebook gets the beginning,
the end, and a mark that says where the rest is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.files import private
from jupyter_mlops.notebooks.output_log import LogWriter
from jupyter_mlops.notebooks.redaction import Redactor

PRINTED_LIMIT = 10_000_000  # characters printed by one cell that the notebook holds
PRINTED_END = 100_000  # characters from the end of what one cell printed, where it was cut

OutputNode = dict[str, Any]


@dataclass
class _Shown:
    """What is known of one cell's outputs: where their lines stand, and how much it has printed."""

    lines: list[tuple[int, int]] = field(default_factory=list)  # offset, length
    size: int = 0  # bytes of all lines, and of what was cut
    printed: int = 0
    cut: int = 0  # characters that are in the log only, `end` among them
    end: list[tuple[str, str]] = field(default_factory=list)
    clear_next: bool = False


class Outputs:
    """The outputs of one run's cells, in the file `lines` (made if missing) and the log `log`, if there is
    one.

    With a `redactor` no secret that it knows is written anywhere. `reading` only looks at what another
    process has written so far.
    """

    def __init__(
        self, lines: Path, log: Path | None, redactor: Redactor | None = None, *, reading: bool = False
    ) -> None:
        self._redactor = redactor
        self._cells: dict[int, _Shown] = {}
        self._updates: dict[str, tuple[int, int]] = {}  # display id -> its last content
        mode, opener = ("rb", None) if reading else ("a+b", private)
        self._lines = open(lines, mode, opener=opener)  # noqa: SIM115 - closed by `close`
        self._log = None if log is None else LogWriter(log)
        self._end = 0
        self._load()

    # -- while it runs

    def add(self, cell: int, message: dict[str, Any]) -> None:
        """Take one message of the kernel; kinds that show nothing are passed over."""
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            self._print(cell, str(content["name"]), str(content["text"]))
        elif kind == "clear_output":
            if content.get("wait"):
                self._of(cell).clear_next = True
            else:
                self._clear(cell)
        elif kind == "update_display_data":
            self._update((content.get("transient") or {}).get("display_id"), content)
        elif kind in {"display_data", "execute_result", "error"}:
            self._show(cell, kind, content)

    def end_cell(self, cell: int) -> None:
        """The cell has ended: what was held back of its end is written."""
        for name in ("stdout", "stderr"):
            if self._redactor is not None and (rest := self._redactor.finish(f"{cell} {name}")):
                self._printed(cell, name, rest)
        shown = self._of(cell)
        if shown.cut:
            held = sum(len(text) for _, text in shown.end)
            name = shown.end[0][0] if shown.end else "stdout"
            if shown.cut > held:
                where = "all of it is in output.log" if self._log else "a recorded run keeps them"
                mark = f"\n[... {shown.cut - held:,} characters cut here; {where} ...]\n"
                self._write({"cell": cell, "output": _stream(name, mark)}, shown)
            for name, text in shown.end:
                self._write({"cell": cell, "output": _stream(name, text)}, shown)
            shown.cut, shown.end = 0, []
        self.flush()

    def flush(self) -> None:
        """Hand all that was taken to the operating system."""
        if self._lines.writable():
            self._lines.flush()
        if self._log is not None:
            self._log.flush()

    def close(self) -> None:
        """Close the files; the outputs can no longer be read."""
        self._lines.close()
        if self._log is not None:
            self._log.close()

    # -- looking back

    def of(self, cell: int) -> Iterator[OutputNode]:
        """The cell's outputs as a notebook holds them, neighbouring prints of one stream joined."""
        self.flush()
        held: OutputNode | None = None
        for line in self._of(cell).lines:
            event = self._read(line)
            output: OutputNode = event["output"]
            update = self._updates.get(event.get("display", ""))
            if update is not None:
                output |= self._read(update)["content"]
            if held is not None and _joins(held, output):
                held["text"] += output["text"]
                continue
            if held is not None:
                yield held
            held = output
        if held is not None:
            yield held

    def size(self, cell: int) -> int:
        """Bytes of what the cell showed so far."""
        return self._of(cell).size

    # -- one output

    def _print(self, cell: int, name: str, text: str) -> None:
        if self._redactor is not None:
            text = self._redactor.feed(f"{cell} {name}", text)
        if text:
            self._printed(cell, name, text)

    def _printed(self, cell: int, name: str, text: str) -> None:
        shown = self._of(cell)
        self._log_text(cell, name, text)
        if shown.clear_next:
            self._clear(cell)
        room = max(0, PRINTED_LIMIT - shown.printed)
        shown.printed += len(text)
        if room:
            self._write({"cell": cell, "output": _stream(name, text[:room])}, shown)
        if len(text) > room:
            shown.cut += len(text) - room
            shown.size += len(text) - room
            shown.end.append((name, text[room:][-PRINTED_END:]))
            while len(shown.end) > 1 and sum(len(held) for _, held in shown.end[1:]) >= PRINTED_END:
                shown.end.pop(0)

    def _show(self, cell: int, kind: str, content: dict[str, Any]) -> None:
        shown = self._of(cell)
        if shown.clear_next:
            self._clear(cell)
        output: OutputNode = {"output_type": kind}
        if kind == "error":
            output |= {key: content.get(key, "") for key in ("ename", "evalue")}
            output["traceback"] = list(content.get("traceback", []))
            self._log_text(cell, "error", "\n".join(map(str, self._clean(output["traceback"]))) + "\n")
        else:
            output |= {"data": content.get("data", {}), "metadata": content.get("metadata", {})}
        if kind == "execute_result":
            output["execution_count"] = content.get("execution_count")
        event: dict[str, Any] = {"cell": cell, "output": self._clean(output)}
        display = (content.get("transient") or {}).get("display_id")
        if display:
            event["display"] = display
            self._update(display, content)  # a display that is shown twice shows its last content twice
        self._write(event, shown)

    def _update(self, display: str | None, content: dict[str, Any]) -> None:
        if display is None:
            return
        new = self._clean({"data": content.get("data", {}), "metadata": content.get("metadata", {})})
        self._updates[display] = self._append({"update": display, "content": new})

    def _clear(self, cell: int) -> None:
        shown = self._of(cell)
        shown.lines, shown.clear_next = [], False
        shown.printed, shown.cut, shown.end = 0, 0, []
        self._append({"cell": cell, "clear": True})

    def _log_text(self, cell: int, stream: str, text: str) -> None:
        if self._log is not None:
            self._log.write(cell, stream, text)

    def _clean(self, value: Any) -> Any:
        return strict_json(value, self._redactor)

    # -- the file

    def _of(self, cell: int) -> _Shown:
        return self._cells.setdefault(cell, _Shown())

    def _write(self, event: dict[str, Any], shown: _Shown) -> None:
        line = self._append(event)
        shown.lines.append(line)
        shown.size += line[1]

    def _append(self, event: dict[str, Any]) -> tuple[int, int]:
        text = json.dumps(event, ensure_ascii=False, allow_nan=False)
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        self._lines.write(line)
        offset, self._end = self._end, self._end + len(line)
        return offset, len(line)

    def _read(self, line: tuple[int, int]) -> dict[str, Any]:
        self._lines.seek(line[0])
        event: dict[str, Any] = json.loads(self._lines.read(line[1]))
        return event

    def _load(self) -> None:
        """Take up what an earlier process wrote; a torn last line is passed over."""
        self._lines.seek(0)
        offset = 0
        for line in self._lines:
            place, offset = (offset, len(line)), offset + len(line)
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if "update" in event:
                self._updates[event["update"]] = place
                continue
            shown = self._of(int(event["cell"]))
            if event.get("clear"):
                shown.lines = []
            else:
                shown.lines.append(place)
                shown.size += len(line)
        self._end = offset
        if offset and not line.endswith(b"\n") and self._lines.writable():
            self._lines.write(b"\n")
            self._end += 1


def strict_json(value: Any, redactor: Redactor | None = None) -> Any:
    """The value as strict JSON holds it, without secrets: numbers that JSON does not know become null, as in
    a browser."""
    if isinstance(value, str):
        return value if redactor is None else redactor(value)
    if isinstance(value, dict):
        return {strict_json(str(key), redactor): strict_json(item, redactor) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict_json(item, redactor) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _stream(name: str, text: str) -> OutputNode:
    return {"output_type": "stream", "name": name, "text": text}


def _joins(held: OutputNode, output: OutputNode) -> bool:
    return held["output_type"] == output["output_type"] == "stream" and held["name"] == output["name"]
