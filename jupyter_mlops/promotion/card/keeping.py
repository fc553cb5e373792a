"""A card as files, and kept with the version that it is of."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from jupyter_mlops.entities import Card
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.files import write_whole
from jupyter_mlops.promotion.card.document import as_markdown
from jupyter_mlops.promotion.card.pictures import as_file
from jupyter_mlops.promotion.card.writing import Markdown, code, joined, paragraphs, text
from jupyter_mlops.tracking import reader
from jupyter_mlops.tracking.cards import set_section, set_version_tag
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.registry import find_version
from jupyter_mlops.tracking.store import Store

FOLDER = "card"
TAG = "mlops.card"  # on the version: the path of the artifact
SECTION = "Model card"


def write_card(card: Card, target: Path) -> list[Path]:
    """Write the card as Markdown, and its pictures into a folder beside it, ``card_files`` for ``card.md``;
    the files that were written, the card first. It is written last, so that what it shows is there.

    Raises:
        Refused: the file cannot be written.
    """
    refuse_unwritable(target)
    folder = target.with_name(f"{target.stem}_files")
    try:
        if card.pictures:
            folder.mkdir(exist_ok=True)
        for name, picture in card.pictures.items():
            write_whole(folder / name, as_file(picture))
        places = {name: _address(f"{folder.name}/{name}") for name in card.pictures}
        write_whole(target, as_markdown(card, places))
    except OSError as error:
        raise Refused(f"{target} could not be written: {error}", hint="name another file") from None
    return [target, *(folder / name for name in card.pictures)]


def refuse_unwritable(target: Path) -> None:
    """Before anything is worked out.

    Raises:
        Refused: there is no such folder, it is one, or it is read-only.
    """
    if target.is_dir():
        raise Refused(f"{target} is a folder", hint=f"name a file, such as {target / 'card.md'}")
    if not target.parent.is_dir():
        raise Refused(f"there is no folder {target.parent}", hint="make it, or name another file")
    if not os.access(target.parent, os.W_OK):
        raise Refused(f"{target} cannot be written: its folder is read-only", hint="name another file")


def keep_card(store: Store, card: Card, page: str | None = None) -> tuple[str, ...]:
    """Keep the card among the artifacts of the version's run, as Markdown with its pictures, and with `page`
    as HTML; linked by the tag ``mlops.card`` of the version and by a section of its description. The paths of
    what was kept.

    Raises:
        Refused: the version has no run any more that could hold it.
        MLOpsError: the store does not take it.
    """
    version = find_version(store, f"{card.model}@{card.version}")
    try:
        run = reader.find_run(store, version.run_id or "none")
    except NotFound:
        raise Refused(
            f"the run that made {card.model}@{card.version} is gone, and so is the place to keep its card",
            hint="write it to a file: --output card.md",
        ) from None
    recorder = Recorder(store, run.run_id)
    stem = f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', card.model)}-v{card.version}"
    with tempfile.TemporaryDirectory() as folder:
        files = write_card(card, Path(folder) / f"{stem}.md")
        if page is not None:
            write_whole(Path(folder) / f"{stem}.html", page)
            files.append(Path(folder) / f"{stem}.html")
        paths = [f"{FOLDER}/{file.relative_to(folder).as_posix()}" for file in files]
        for file, path in reversed(list(zip(files, paths, strict=True))):
            recorder.artifact(file, path.rpartition("/")[0])
    set_version_tag(store, version, TAG, paths[0])
    if not set_section(store, version, SECTION, _short(card, paths[0])):
        raise MLOpsError(
            f"kept as {paths[0]}, but the description of the version has no room for a word on it",
            hint="shorten the description in MLflow",
        )
    return tuple(paths)


def _short(card: Card, path: str) -> Markdown:
    """Purpose and summary, and where all of it is."""
    purpose = next((one for one in card.sections if one.key == "purpose" and not one.missing), None)
    missing = f"Nothing is told of: {', '.join(card.missing)}." if card.missing else ""
    return paragraphs(
        purpose.text[:1500] if purpose else "",
        card.summary[:1500],
        text(missing) if missing else "",
        joined(("All of it: ", code(path), " among the artifacts of the run.")),
    )


def _address(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
