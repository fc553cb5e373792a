"""What all nouns have in common.

Times are timezone-aware UTC; durations are seconds; sizes are bytes.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Entity(BaseModel):
    """Base of all nouns: immutable, and refusing fields it does not know."""

    # built when first used: a command uses few of them; nan and infinities are texts in JSON, read as such
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, ser_json_inf_nan="strings")
