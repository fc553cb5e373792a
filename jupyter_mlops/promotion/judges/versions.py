"""The version that another one is compared with."""

from __future__ import annotations

from jupyter_mlops.entities import GateStatus, ModelVersion
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.promotion.context import Context, Verdict
from jupyter_mlops.tracking.registry import CHAMPION, MAY_LACK, find_version


def compared_with(context: Context, which: str) -> ModelVersion | None:
    """The version of that alias or number; None where the model has no such champion or challenger yet, nor
    has any version the alias that this one is to get.

    Raises:
        NotFound: no such version or alias.
    """
    if which == CHAMPION:
        return context.champion
    if which == context.alias:
        return context.present
    try:
        return find_version(context.store, f"{context.version.name}@{which}")
    except NotFound:
        if which in MAY_LACK:
            return None
        raise


def other_version(context: Context, which: str) -> ModelVersion | Verdict:
    """As `compared_with`; a `SKIPPED` verdict where there is none, or the version is it.

    Raises:
        NotFound: no such version or alias.
    """
    other = compared_with(context, which)
    if other is None:
        return Verdict(GateStatus.SKIPPED, f"{context.version.name} has no {which} to compare with")
    if other.version == context.version.version:
        return Verdict(GateStatus.SKIPPED, f"{context.label} is {which} itself")
    return other
