"""Where `--output` puts the executed notebook: a folder, or a file name with placeholders."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.exceptions import Refused, did_you_mean

# a fixed list, not Python's format language: the text of a user is never evaluated
_PLACEHOLDERS = ("notebook", "experiment", "run", "date", "time")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LONGEST = 80  # characters of one value in a file name


def check_output(
    output: Path, root: Path, parameters: Mapping[str, str], notebook: Path, *, recorded: bool = True
) -> None:
    """Refuse before anything runs what could not be written at the end; a folder is made.

    Args:
        output: a folder, or a name that ends in ``.ipynb`` and may hold ``{notebook}``, ``{experiment}``,
            ``{run}``, ``{date}``, ``{time}`` and ``{NAME}`` of a parameter.
        root: the project's folder, which the output must not leave.
        parameters: values by name.
        notebook: the one that runs, which must not be overwritten.
        recorded: whether the run has an id.

    Raises:
        Refused: an unknown placeholder, a path outside the project, or a folder that cannot be written.
    """
    for name in _PLACEHOLDER.findall(str(output)):
        if name not in _PLACEHOLDERS and name not in parameters:
            raise Refused(
                f"--output: unknown placeholder {{{name}}}",
                hint=did_you_mean(name, [*_PLACEHOLDERS, *parameters]),
            )
    if set("{}") & set(_PLACEHOLDER.sub("", str(output))):
        raise Refused(f"--output: a brace of {output} is not closed", hint="write {NAME}")
    example = render(
        output, notebook=notebook.stem, experiment="e", run="0" * 32 * recorded, parameters=parameters
    )
    folder = example.parent
    if not folder.resolve().is_relative_to(root.resolve()):
        raise Refused(
            f"the output {output} lies outside the project {root}", hint="name a folder inside the project"
        )
    if example.resolve() == notebook.resolve():
        raise Refused(
            f"the output {output} is the notebook itself", hint="the source is never touched: name another"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"the output folder {folder} cannot be made: {error}", hint="choose another") from None
    if not os.access(folder, os.W_OK):
        raise Refused(f"the output folder {folder} cannot be written", hint="choose another")


def render(output: Path, *, notebook: str, experiment: str, run: str, parameters: Mapping[str, str]) -> Path:
    """The file that receives the notebook. Into a folder it goes under a name of its own for each recorded
    run; values become words of letters, digits, ``_``, ``.`` and ``-``, so none leads to another folder."""
    if output.suffix != ".ipynb":
        output = output / ("{notebook}-{run}.ipynb" if run else "{notebook}.ipynb")
    now = datetime.now(UTC)
    known = {
        **parameters,
        "notebook": notebook,
        "experiment": experiment,
        "run": run[:8],
        "date": f"{now:%Y-%m-%d}",
        "time": f"{now:%H%M%S}",
    }
    return Path(_PLACEHOLDER.sub(lambda match: _slug(known.get(match[1], match[0])), str(output)))


def _slug(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip(".-")[:_LONGEST] or "empty"
