"""What the tab key offers behind a magic."""

from __future__ import annotations

from typing import Any

from jupyter_mlops import track
from jupyter_mlops.exceptions import MLOpsError


def complete(shell: Any, event: Any) -> list[str]:
    """What may follow: verbs, then the verb's options and the user's variables."""
    words = event.line.split()
    at_new_word = event.line.endswith(" ")
    if event.command.lstrip("%") == "promote":
        return _models() if len(words) == 1 or (len(words) == 2 and not at_new_word) else ["--to"]
    if event.command.lstrip("%") == "watch":
        return ["latest", *(f"schedule:{name}" for name in _schedules())]
    if event.command.lstrip("%") == "mlops":
        from jupyter_mlops.commands import COMMANDS

        verbs = {c.name: [flag for a in c.arguments for flag in a.flags] for c in COMMANDS}
    elif event.command.startswith("%%"):
        verbs = {}
    else:
        verbs = {verb.name: list(verb.options) for verb in track.VERBS}
    if verbs and (len(words) == 1 or (len(words) == 2 and not at_new_word)):
        return sorted(verbs)
    options = verbs.get(words[1], []) if len(words) > 1 else ["--params", "--metrics", "--experiment"]
    names = [name for name in shell.user_ns if not name.startswith("_")]
    return sorted(option for option in options if option.startswith("-")) + sorted(names)


def _models() -> list[str]:
    """The names of registered models, where they are read at once: a server may take its time."""
    from jupyter_mlops.project import Project

    try:
        project = Project()
        known = [] if project.store.is_server else project.models()
    except MLOpsError:
        return []
    return sorted({version.name for version in known})


def _schedules() -> list[str]:
    """The names of all that runs by itself."""
    from jupyter_mlops.project import Project

    try:
        return sorted(Project().planned())
    except MLOpsError:
        return []
