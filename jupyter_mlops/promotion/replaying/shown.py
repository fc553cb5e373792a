"""What cells show, brought into a form in which two runs of one notebook can be compared."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 200_000  # characters of one output that are compared line by line
_LINES = 60  # lines of a diff that are kept
_WIDTH = 300  # characters of one of them
_OF_MODEL = "m-"  # begins the id of a logged model
_WIDGET = "application/vnd.jupyter.widget-view+json"

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# what differs from one run to the next whatever is computed
_CHANCE = (
    (re.compile(r"((?:<|&lt;)[^\n]*? at )0x[0-9a-fA-F]{6,16}\b(?=[^\n]*(?:>|&gt;))"), r"\g<1>0x…"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"(?:/[\w.~-]+)*/ipykernel_\d+/\d+\.py"), "<cell>"),
    (  # of a line that was logged
        re.compile(
            r"(?m)^\d{4}[/-]\d\d[/-]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?"
            r"(?=\W[^\n]{0,80}\b(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b)"
        ),
        "<time>",
    ),
    (re.compile(r"sk-(container|estimator)-id-\d+"), r"sk-\1-id"),
    (re.compile(r"\bT_[0-9a-f]{5}(?=[_\W])"), "T_"),
    (re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?/\S*"), "<url>"),
    (re.compile(r", (?:registered as \S+ version \d+|not registered: this is a replay)"), ""),
    (re.compile(r"\bCreated version '\d+' of model"), "Created version of model"),
)
# lines that tell of a run, of time or of progress, and not of what was computed
_PASSING = re.compile(
    r"^(?:recording to run |still recording to run |joined the headless run |left the headless run "
    r"|run [0-9a-f]{8} (?:FINISHED|FAILED|KILLED|RUNNING|\()"
    r"|this is a replay: |Successfully registered model |Registered model .* already exists"
    r"|CPU times: |Wall time: |.*\bper loop \(mean ± std\. dev\.)"
)
# bars of progress, which are drawn as time has it: those of tqdm, with a total and without one, and of Keras
_BAR = re.compile(
    r"(?:\d+%\|[^|\n]*\|\s*\S+/\S+|\d[\d.]*[kMGTP]?\w*)\s\[[\d:]+(?:<[\d:?]+)?,\s*[\d.?]+\s?[^\s,\]]*/[^\],]+[,\]]"
    r"|^\s*(\d+)/(\d+|Unknown) [━=>.\[\] -]*\s*\d+[hms:\d]*\s+\d+[mµu]?s/(?:step|epoch)"
)
_BAR_TIMES = re.compile(r"\d+[hms:\d]*\s+\d+[mµu]?s/(?:step|epoch)")


def shown(outputs: Sequence[Mapping[str, Any]], identifiers: Sequence[str] = ()) -> list[str]:
    """What a cell showed as lines of text: what was printed, errors, texts and HTML of results, digests of
    pictures. Addresses in ``<... at 0x...>``, bars of progress and timings are left out, and so are
    `identifiers`: the ids of runs, of which a beginning may be shown, and of models."""
    lines: list[str] = []
    printed: dict[str, str] = {}
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            name = str(output.get("name", "stdout"))
            printed[name] = printed.get(name, "") + _text(output.get("text", ""))
        elif kind == "error":
            lines += _plain(f"{output.get('ename', '')}: {output.get('evalue', '')}", identifiers)
        elif isinstance(data := output.get("data"), Mapping):
            lines += _result(data, identifiers)
    told = [line for name in sorted(printed) for line in _plain(_settled(printed[name]), identifiers)]
    return [*told, *lines]


def difference(original: Sequence[str], replayed: Sequence[str]) -> str:
    """A unified diff; empty where they are the same."""
    if list(original) == list(replayed):
        return ""
    found = list(difflib.unified_diff(list(original), list(replayed), "original", "replay", n=1, lineterm=""))
    told = [line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…" for line in found[:_LINES]]
    return "\n".join([*told, *([f"… {len(found) - _LINES} more lines"] if len(found) > _LINES else [])])


def _result(data: Mapping[str, Any], identifiers: Sequence[str]) -> list[str]:
    if _WIDGET in data:
        return ["<widget>"]
    lines: list[str] = []
    for kind in sorted(data, key=lambda each: (each != "text/plain", each)):
        content = data[kind]
        if kind == "text/plain":
            lines += _plain(_text(content), identifiers)
        elif kind.startswith("text/") or kind in {"image/svg+xml", "application/javascript"}:
            text = "\n".join(_plain(_text(content), identifiers))
            lines.append(f"<{kind} {_digest(text)}>")
        else:
            lines.append(f"<{kind} {_digest(content if isinstance(content, str) else repr(content))}>")
    return lines


def _plain(text: str, identifiers: Sequence[str]) -> list[str]:
    text = _ANSI.sub("", text)
    for identifier in sorted(identifiers, key=len, reverse=True):
        text = text.replace(identifier, "<id>")
        if not identifier.startswith(_OF_MODEL):
            text = re.sub(rf"\b{re.escape(identifier[:8])}\b", "<id>", text)
    for pattern, stand_in in _CHANCE:
        text = pattern.sub(stand_in, text)
    kept = [line.rstrip() for line in text.split("\n") if not _PASSING.match(line)]
    joined = "\n".join(kept).strip("\n")
    if len(joined) > _LONGEST:
        return [*joined[:_LONGEST].split("\n"), f"<and more: {_digest(joined)}>"]
    return joined.split("\n") if joined else []


def _settled(text: str) -> str:
    """What was printed, each state of a line that a carriage return took back to its beginning as a line of
    its own; of bars of progress only a last one of Keras, which tells metrics."""
    lines = []
    for line in _ANSI.sub("", text).split("\n"):
        states = [state for state in line.replace("\b", "").split("\r") if state] or [""]
        bars = [_BAR.search(state) for state in states]
        if not any(bars):
            lines += states
            continue
        kept = [state for state, bar in zip(states, bars, strict=True) if bar is None and state.strip()]
        last = bars[-1]
        if last is not None and last[1] is not None and last[1] == last[2]:
            kept.append(_BAR_TIMES.sub("…", states[-1]))
        lines += kept
    return "\n".join(lines)


def _text(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
