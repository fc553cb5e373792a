"""Imports nbformat without an optional format checker of jsonschema that parses a grammar for seconds.

jsonschema treats the missing module as not installed; notebooks hold no such formats.
"""

from __future__ import annotations

import sys

_SLOW = "rfc3987_syntax"

if "nbformat" not in sys.modules and _SLOW not in sys.modules:
    sys.modules[_SLOW] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        import nbformat  # noqa: F401 - imported for its effect
    finally:
        del sys.modules[_SLOW]
