"""Letters of text that anybody may have written."""

from __future__ import annotations

import re
import unicodedata

# what may be a port is none; a password may hold a slash or an @
_PASSWORD = re.compile(r"(://[^/?#@\s:\[]*:)(?!\d*(?:[/?#\s]|$))\S{0,1000}(?=@)")
_SECRET = re.compile(
    r"(?i)([?&;][^=&;#\s]*(?:token|secret|sig|signature|password|pwd|key|credential)=)[^&;#\s]*"
)
_USER = re.compile(r"(://)[^/?#@\s]*@")


def harmless(text: str, keep: str = "") -> str:
    """The text with a replacement character in the place of each letter that would steer a terminal, a page
    or a chat: control characters, those that turn the direction of writing, surrogates, unassigned ones;
    but for those of `keep`."""
    if text.isascii() and text.isprintable():  # nearly all
        return text
    return "".join("\ufffd" if unicodedata.category(c)[0] == "C" and c not in keep else c for c in text)


def without_passwords(text: str) -> str:
    """The text, in which each password and key of a URL is ``***``; a user name is still there."""
    return _SECRET.sub(r"\1***", _PASSWORD.sub(r"\1***", text))


def without_credentials(text: str) -> str:
    """The text, in which no URL tells who may open it, nor by which key."""
    return _USER.sub(r"\1***@", without_passwords(text)) if "://" in text else text
