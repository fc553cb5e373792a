"""Decisions on a registered model: its gates judged, a version promoted, rolled back, approved, rejected.

Who decides is whom the server knows the sender of the request as, and nothing in the request; what that
person may decide is the core's to tell (`Project.promote` and its like)."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_mlops.entities.panels import Decision, Work, WorkVerb
from jupyter_mlops.exceptions import Refused, UsageError
from jupyter_mlops.server.api.reading import Unfit
from jupyter_mlops.server.api.route import Call, Route, work_route


def _decide(verb: WorkVerb) -> Callable[[Call], Work]:
    def begin(call: Call) -> Work:
        asked: Decision = call.body
        _check(verb, asked)
        return call.works.start(verb, asked, call, subject=_subject(verb, call.names["model"], asked))

    return begin


def _check(verb: WorkVerb, asked: Decision) -> None:
    """Refuse at once what would be refused after all gates were judged."""
    from jupyter_mlops.tracking.registry import check_alias  # not in the way of the server's start

    if verb in {WorkVerb.PROMOTE, WorkVerb.ROLLBACK, WorkVerb.GATES}:
        try:
            check_alias(asked.to)
        except Refused as error:
            raise Unfit({"to": str(error)}, str(error), hint=error.hint) from None
    if (verb is WorkVerb.REJECT or asked.override) and not (asked.reason or "").strip():
        problem = f"{'a rejection' if verb is WorkVerb.REJECT else 'an override'} needs a reason"
        raise Unfit({"reason": problem}, problem, hint="say why: it is kept in the ledger")


def _subject(verb: WorkVerb, model: str, asked: Decision) -> str:
    """The model, or the version of it, that is meant."""
    if "@" in model:
        raise UsageError(f"{model!r} is no name of a model", hint="give the version beside it")
    if verb is WorkVerb.ROLLBACK:
        return model
    if not asked.version:
        raise Refused(f"no version of {model} is named", hint="name the one that was looked at")
    return f"{model}@{asked.version}"


def _route(verb: WorkVerb, summary: str) -> Route:
    return work_route(f"/models/{{model}}/{verb.value}", summary, _decide(verb), Decision)


ROUTES = (
    _route(WorkVerb.GATES, "Judge the gates of a version"),
    _route(WorkVerb.PROMOTE, "Promote a version, if its gates say so"),
    _route(WorkVerb.ROLLBACK, "Point an alias back at the version before"),
    _route(WorkVerb.APPROVE, "Approve a version"),
    _route(WorkVerb.REJECT, "Reject a version"),
)
