"""Secrets taken out of what a run writes: every exact match, also as JSON, HTML, a URL or `repr` spell it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote


class Redactor:
    """Replaces the secrets in texts; `secrets` maps the parameter's name to its value."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._marks: dict[str, str] = {}
        for name, value in secrets.items():
            for spelt in _spellings(value):
                self._marks.setdefault(spelt, f"[secret {name}]")
        longest_first = sorted(self._marks, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._held: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The text without any secret."""
        return self._pattern.sub(lambda match: self._marks[match.group()], text)

    def feed(self, stream: str, text: str) -> str:
        """Like a call, for a stream that comes in pieces: what may be the beginning of a secret is held
        back until the next piece."""
        text = self._held.pop(stream, "") + text
        whole = 0  # end of the last secret that is all there: what follows it may begin another
        for match in self._pattern.finditer(text):
            whole = match.end()
        keep = self._partial(text[whole:])
        if keep:
            text, self._held[stream] = text[:-keep], text[-keep:]
        return self(text)

    def finish(self, stream: str) -> str:
        """What was held back of the stream, which has ended."""
        return self(self._held.pop(stream, ""))

    def _partial(self, text: str) -> int:
        """Length of the longest end of `text` that begins a secret without being the whole of one."""
        best = 0
        for secret in self._marks:
            for size in range(min(len(secret) - 1, len(text)), best, -1):
                if secret.startswith(text[-size:]):
                    best = size
                    break
        return best


def _spellings(value: str) -> set[str]:
    """The value as it may stand in an output."""
    spelt = {
        value,
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        html.escape(value),
        quote(value),
        quote(value, safe=""),
    }
    # a value of several lines is often printed line by line
    spelt.update(line.strip() for line in value.splitlines() if len(line.strip()) >= 8)
    return spelt - {""}
