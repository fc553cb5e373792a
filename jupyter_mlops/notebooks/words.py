"""Text split as a person means it: not inside brackets or quotes. Imports nothing heavy: magics use it."""

from __future__ import annotations

from collections.abc import Callable


def split_outside(text: str, is_separator: Callable[[str], bool]) -> list[str]:
    """The parts of `text` between separators that stand outside brackets and quotes; quotes are kept, and
    so are empty parts."""
    parts, current, quote, depth = [], "", "", 0
    escaped = False
    for character in text:
        if quote:
            if character == quote and not escaped:
                quote = ""
            escaped = character == "\\" and not escaped
        elif character in "\"'":
            quote = character
        elif character in "[({":
            depth += 1
        elif character in "])}":
            depth = max(0, depth - 1)
        if is_separator(character) and not quote and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]
