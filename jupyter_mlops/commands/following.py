"""`logs`: what a run prints while it goes on."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.letters import harmless

if TYPE_CHECKING:
    from jupyter_mlops.entities import LogLine
    from jupyter_mlops.project import Project

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_PLAIN = "\x1b[0m"
_CONTROL_C = 130
_LONGEST = 65_536  # characters of a line that are waited for
_MEANINGS = {"ok": "32", "failed": "31", "killed": "31", "timed out": "31", "cancelled": "33"}
_ENDS = {"FINISHED": "32", "FAILED": "31", "KILLED": "31"}


def _logs(project: Project, words: argparse.Namespace, report: Report) -> Result:
    found = project.follow(words.run, follow=words.follow, lines=words.lines)
    printer: LogPrinter | _JsonPrinter = _JsonPrinter() if words.json else LogPrinter(sys.stdout)
    try:
        code = printer.all_of(found)
    except KeyboardInterrupt:
        report.line("no longer followed; the run goes on")
        return Result(None, _CONTROL_C)
    return Result(None, code if words.follow else 0)


class _JsonPrinter:
    """A line of JSON each."""

    def all_of(self, lines: Iterable[LogLine]) -> int:
        """Print them; the exit code of the run, once it has ended."""
        code = 0
        for line in lines:
            told = line.model_dump(mode="json", exclude_defaults=True)
            print(json.dumps(told), flush=True)  # in ASCII: nothing in it steers a terminal
            code = line.exit_code if not line.step else code
        return code


class LogPrinter:
    """Lines as a person reads them: a head before what each cell prints, and after it how it ended. Colours
    reach a terminal that wants them; nothing else that would steer it does."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rewrites = stream.isatty()
        self._colours = self._rewrites and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._at: dict[str, int | None] = {}  # the cell whose head was shown last, by run
        self._open: str | None = None  # the run whose line is at the cursor, unfinished
        self._held: dict[str, str] = {}  # by run, a line that has no end yet: where it cannot be rewritten

    def all_of(self, lines: Iterable[LogLine]) -> int:
        """Print them; the exit code of the run, once it has ended."""
        code = 0
        for line in lines:
            self.one(line)
            code = line.exit_code if not line.step else code
        for held in self._held.values():
            self._stream.write(shown(f"{held}\n", colours=self._colours))
        self._close()
        self._stream.flush()
        return code

    def one(self, line: LogLine) -> None:
        """Print one."""
        if line.stream is not None:
            self._text(line)
        elif line.ended is not None:
            self._whole(line, self._ending(line))
        else:
            self._at[line.run_id] = line.index if line.status == "running" else None
            self._whole(line, self._head(line))
        self._stream.flush()

    def _text(self, line: LogLine) -> None:
        if line.stream != "note" and line.index is not None and self._at.get(line.run_id) != line.index:
            self._at[line.run_id] = line.index
            self._whole(line, self._head(line))
        if self._rewrites:
            self._raw(line)
            return
        if held := self._held.pop(line.run_id, ""):
            line = line.model_copy(update={"text": _joined(held, line.text)})
        if line.text.endswith("\n") or len(line.text) > _LONGEST:
            self._raw(line)
        else:
            self._held[line.run_id] = line.text

    def _raw(self, line: LogLine) -> None:
        """Text as it came, but harmless, behind the name of its step."""
        if self._open not in {None, line.run_id}:
            self._close()
        if self._open is None:
            self._stream.write(self._prefix(line))
        ends = line.text[-1:] in {"\n", "\r"}
        self._stream.write(shown(line.text, colours=self._colours))
        self._open = None if ends else line.run_id

    def _whole(self, line: LogLine, text: str) -> None:
        """A line of ours."""
        held = self._held.pop(line.run_id, "").rstrip("\r")
        if held:
            self._raw(line.model_copy(update={"text": f"{held}\n"}))
        self._close()
        self._stream.write(f"{self._prefix(line)}{text}\n")

    def _close(self) -> None:
        """End the line at the cursor."""
        if self._open is not None:
            self._stream.write("\n")
            self._open = None

    def _prefix(self, line: LogLine) -> str:
        return self._styled(f"{_one_line(line.step)} | ", "36") if line.step else ""

    def _head(self, line: LogLine) -> str:
        place = f"[{line.number}/{line.of}]" if line.number is not None else "[cell]"
        head = self._styled(place, "1") + f" {_one_line(line.name)}".rstrip()
        if line.status is None or line.status == "running":
            return head
        took = f"{_seconds(line.duration)} " if line.duration is not None else ""
        status = self._styled(line.status.value, _MEANINGS.get(line.status.value, "2"))
        return f"{head}  {took}{status}"

    def _ending(self, line: LogLine) -> str:
        assert line.ended is not None
        ended = self._styled(line.ended.value, _ENDS[line.ended.value])
        took = f" after {_seconds(line.duration)}" if line.duration is not None else ""
        why = f": {_one_line(line.text)}" if line.text else ""
        return f"run {line.run_id[:8]} {ended}{took}{why}"

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}{_PLAIN}" if self._colours and text else text


def shown(text: str, *, colours: bool) -> str:
    """Text of a cell as a terminal may get it: with its colours, if they are wanted, and without all else
    that would steer it."""
    if text.isascii() and text.rstrip("\n").isprintable():
        return text
    parts = _COLOUR.split(text)
    clean = [harmless(part, keep="\n\t\r") for part in parts]
    if not colours or len(parts) == 1:
        return "".join(clean)
    found = [*_COLOUR.findall(text), ""]
    body = "".join(part + colour for part, colour in zip(clean, found, strict=True))
    end = body[len(body.rstrip("\n\r")) :]
    return body.removesuffix(end) + _PLAIN + end


def _joined(held: str, text: str) -> str:
    """What is to be seen of a line once more of it has come: a return begins it anew."""
    if not held.endswith("\r"):
        return held + text
    return held.rstrip("\r") + text if text in {"\n", "\r"} else text


def _one_line(text: str) -> str:
    return harmless(" ".join(_COLOUR.sub("", text).split()))


def _seconds(duration: float) -> str:
    whole = int(duration)
    return f"{duration:.1f} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


COMMANDS: tuple[Command, ...] = (
    Command(
        "logs",
        "show what a run's cells print, and which cell it is at; also while it goes on",
        _logs,
        (
            arg(
                "run",
                metavar="RUN",
                help="id, its first characters, name, latest, or schedule:NAME for its newest slot's",
            ),
            arg(
                "--follow",
                action="store_true",
                help="go on until the run ends, with its exit code; Ctrl-C ends only the following",
            ),
            arg("--lines", type=_count, metavar="N", help="of what there is by now only the last N lines"),
        ),
        "jupyter mlops logs latest --follow",
        "Secrets are not shown. With --json each line is an object of its own.",
    ),
)
