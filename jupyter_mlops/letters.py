"""Letters of text that anybody may have written."""

from __future__ import annotations

import unicodedata


def harmless(text: str, keep: str = "") -> str:
    """The text with a replacement character in the place of each letter that would steer a terminal, a page
    or a chat: control characters, those that turn the direction of writing, surrogates, unassigned ones;
    but for those of `keep`."""
    if text.isascii() and text.isprintable():  # nearly all
        return text
    return "".join("\ufffd" if unicodedata.category(c)[0] == "C" and c not in keep else c for c in text)
