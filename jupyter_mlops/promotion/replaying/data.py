"""The data that a run read, looked at where its notebook will read them again, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.catalogue.keeping import kept
from jupyter_mlops.catalogue.sources import described, is_place, reopened
from jupyter_mlops.config import Config
from jupyter_mlops.data.sources import is_url
from jupyter_mlops.entities import FILE_DIGEST, DatasetVersion, Run
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.notebooks.document import code_cells
from jupyter_mlops.promotion.replaying.original import Original
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.store import Store

UNRECORDED = (
    "the run recorded no data, so nobody looked whether what the notebook reads is still the same: "
    "%track data FILE in it records that"
)
_SHORT = 12


@dataclass
class Looked:
    """What was found: `same` tells of each that is as it was, `changed` why others are not, `later` are those
    that only the notebook itself makes, to be compared once it has. `digests` are those of now, by name."""

    same: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    later: list[DatasetVersion] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def recorded(self) -> bool:
        """The run told of some data that it read."""
        return bool(self.same or self.changed or self.later)


def look(store: Store, config: Config, original: Original) -> Looked:
    """Digest all that the run read, as it is now."""
    found = Looked()
    for version in read_by(store, original.family):
        if not is_place(version.source):
            found.later.append(version)
            continue
        now, told = _look_at(store, config, version, original)
        found.digests[f"{version.name} {version.source}"] = now
        if now == version.digest:
            found.same.append(told)
        else:
            found.changed.append(told)
    return found


def check(looked: Looked) -> None:
    """Return if all is as it was.

    Raises:
        Refused: something is not.
    """
    if looked.changed:
        raise Refused("; ".join(looked.changed))


def read_by(store: Store, runs: Sequence[Run]) -> list[DatasetVersion]:
    """What the runs read and did not make themselves, each content of a name and place once."""
    links = [link.version for link in datasets.links_of_runs(store, [run.run_id for run in runs])]
    wrote = {version.digest for version in links if version.wrote}
    read = {
        (version.name, version.digest, version.source): version
        for version in links
        if not version.wrote and version.digest not in wrote
    }
    return [read[key] for key in sorted(read)]


def compared(versions: Iterable[DatasetVersion], replayed: Sequence[DatasetVersion]) -> list[str]:
    """In a line each, whether the replay made the same data of those that only a notebook makes."""
    told = []
    for version in versions:
        names = {each.digest for each in replayed if each.name == version.name}
        if version.digest in names:
            told.append(f"{version.name} ({version.source or 'in memory'}): the same in the replay")
        elif names:
            other = " and ".join(sorted(map(_digest, names)))
            told.append(
                f"{version.name} ({version.source or 'in memory'}) was another in the replay: "
                f"digest {other}, not {_digest(version.digest)}"
            )
        else:
            told.append(f"{version.name} ({version.source or 'in memory'}): the replay recorded no such data")
    return told


def _look_at(store: Store, config: Config, version: DatasetVersion, original: Original) -> tuple[str, str]:
    """The digest of now, empty where there is none, and what is told of it."""
    label = version.label
    if version.number is not None and _by_number(original, label):
        copy = kept(store, version)
        if copy is not None:
            return version.digest, f"{label}: the kept copy, digest {_digest(version.digest)}"
    place = version.source
    given = reopened(store, config, version)
    mend = _mend(store, version, original)
    if given is None:
        return "", f"data {version.name} are gone: {label} was read, and {place} is not there{mend}"
    try:
        now = described(store, given).digest
    except MLOpsError as error:
        return "", f"data {version.name} cannot be looked at: {error}"
    if now == version.digest:
        return now, f"{label}: {place}, digest {_digest(now)}"
    return now, (
        f"data {version.name} changed: {label} was read, {place} now is another "
        f"(digest {_digest(now)} not {_digest(version.digest)}){mend}"
    )


def _by_number(original: Original, label: str) -> bool:
    """The notebook names the very version, so that it opens the copy that is kept of it."""
    named = [cell["source"] for _, cell in code_cells(original.notebook)]
    return any(label in text for text in (*named, *(p.value for p in original.parameters)))


def _mend(store: Store, version: DatasetVersion, original: Original) -> str:
    """How the content is had again."""
    copy = kept(store, version)
    if copy is not None and not is_url(version.source):
        place = display_path(store.root, copy)
        return f"; what was read is kept: cp {place} {version.source}"
    git = original.provenance and original.provenance.git
    if git and git.commit and _is_in_git(store.root, git.commit, version.source):
        return f"; what was read may be in git: git checkout {git.commit[:_SHORT]} -- {version.source}"
    return "; no copy of what was read is kept"


def _is_in_git(root: Path, commit: str, source: str) -> bool:
    try:
        import git

        with git.Repo(root, search_parent_directories=True) as repo:
            place = (root / source).absolute().relative_to(str(repo.working_tree_dir)).as_posix()
            return bool(repo.git.ls_tree("--name-only", commit, "--", f":(top,literal){place}"))
    except (ImportError, ValueError, OSError):
        return False
    except Exception as error:  # GitPython's own are known only once it is imported
        if type(error).__module__.partition(".")[0] == "git":
            return False
        raise


def _digest(digest: str) -> str:
    return digest.removeprefix(FILE_DIGEST)[:_SHORT]
