"""The data that a run read, looked at where its notebook will read them again, before anything runs."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.catalogue.keeping import kept
from jupyter_mlops.catalogue.sources import described, is_place, reopened
from jupyter_mlops.config import Config
from jupyter_mlops.data.sources import is_url
from jupyter_mlops.entities import DatasetVersion, Run
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.notebooks.code import LINE, read_code
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
class Made:
    """What the replay made and read, in a line each: what is the `same`, `others`, and what is `missing`."""

    same: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def __add__(self, more: Made) -> Made:
        return Made([*self.same, *more.same], [*self.others, *more.others], [*self.missing, *more.missing])

    @property
    def told(self) -> tuple[str, ...]:
        """All of it."""
        return (*self.same, *self.others, *self.missing)


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
    """What the runs read, each content of a name and place once; without what they wrote to that very place
    themselves."""
    links = linked(store, runs)
    wrote = {(version.digest, version.source) for version in links if version.wrote}
    read = {
        (version.name, version.digest, version.source): version
        for version in links
        if not version.wrote and (version.digest, version.source) not in wrote
    }
    return [read[key] for key in sorted(read)]


def linked(store: Store, runs: Sequence[Run]) -> list[DatasetVersion]:
    """All that the runs read and made."""
    return [link.version for link in datasets.links_of_runs(store, [run.run_id for run in runs])]


def compared(
    before: Sequence[DatasetVersion],
    replayed: Sequence[DatasetVersion],
    *,
    apart: Collection[str] = (),
    live: bool = False,
) -> Made:
    """Whether the replay itself read and made the same data as the original, dataset by dataset.

    Args:
        before: what the original read and made.
        replayed: what the replay did.
        apart: contexts of what somebody else records, and compares: the inputs and outputs of a step.
        live: the original is a session, in which a cell may have run several times, on other data each time.
    """
    found = Made()
    for name in sorted({version.name for version in before if version.context not in apart}):
        ours = [version for version in before if version.name == name]
        wanted, now = ({v.digest for v in side if v.name == name} for side in (before, replayed))
        source = ours[0].source
        told = f"{name} ({'in memory' if not source or source.startswith('{') else source})"
        if now - wanted:
            lost = wanted - now or wanted
            found.others.append(
                f"{told} was another in the replay: digest {_digests(now - wanted)}, not {_digests(lost)}"
            )
        elif not now or (now != wanted and not live):
            found.missing.append(f"{told}: the replay recorded no such data, digest {_digests(wanted - now)}")
        elif not all(is_place(version.source) for version in ours):
            found.same.append(f"{told}: the same in the replay")
    return found


def _look_at(store: Store, config: Config, version: DatasetVersion, original: Original) -> tuple[str, str]:
    """The digest of now, empty where there is none, and what is told of it."""
    label = version.label
    if version.number is not None and _by_number(original, label):
        copy = kept(store, version)
        if copy is not None:
            return version.digest, f"{label}: the kept copy, digest {short_digest(version.digest)}"
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
        return now, f"{label}: {place}, digest {short_digest(now)}"
    return now, (
        f"data {version.name} changed: {label} was read, {place} now is another "
        f"(digest {short_digest(now)} not {short_digest(version.digest)}){mend}"
    )


def _by_number(original: Original, label: str) -> bool:
    """The notebook names the very version, in a string, as a word of a magic, or by a parameter: so it can
    open the copy that is kept of it. What the replay really read is compared once it has."""
    if any(parameter.value == label for parameter in original.parameters):
        return True
    return any(label in _named(cell["source"]) for _, cell in code_cells(original.notebook))


def _named(source: str) -> Iterator[str]:
    """The strings of a cell's code, and the words of its lines that are IPython's."""
    tree = read_code(source)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == LINE:
            lines = [each.value for each in node.args if isinstance(each, ast.Constant)]
            yield from (word for line in lines for word in _words(str(line)))


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # a quote that is not closed
        return line.partition("#")[0].split()


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


def short_digest(digest: str) -> str:
    """As much of a digest as a person needs, without what tells its kind."""
    return digest.rpartition(":")[2][:_SHORT]


def _digests(digests: Collection[str]) -> str:
    return " and ".join(sorted(map(short_digest, digests)))
