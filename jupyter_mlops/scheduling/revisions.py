"""A project as git has it at some ref."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from jupyter_mlops.config import CONFIG_NAME, Config, config_of
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.scheduling.git import run_git

_TIME = 60.0  # seconds that git may take
_LARGEST = 10_000_000  # bytes of one file; larger ones are no code
_REGULAR = ("100644", "100755")


class Revision:
    """The project at `root`, as it is at the commit that `ref` names now.

    Raises:
        NotFound: the project lies in no git repository, or that knows no such ref.
        Refused: git fails.
    """

    def __init__(self, root: Path, ref: str) -> None:
        self.root, self.ref = root, ref
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        done = self._run(*words)
        if done.returncode:
            hint = "name a branch, tag or commit of the repository that the project lies in"
            raise NotFound(f"git knows no ref {ref!r} in {root}", hint=hint)
        self.commit = done.stdout.decode().strip()

    @cached_property
    def entries(self) -> Mapping[str, str]:
        """Ids of the files' contents, by path in the project; of plain files only."""
        found = {}
        for line in self._told("ls-tree", "-r", "-z", "--long", self.commit).split(b"\0"):
            about, _, name = line.partition(b"\t")
            if name:
                mode, _, digest, size = about.decode().split()
                if mode in _REGULAR and int(size) <= _LARGEST:
                    found[name.decode("utf-8", "surrogateescape")] = digest
        return found

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """The contents of these files."""
        wanted = {name: self.entries[name] for name in names}
        told = self._told("cat-file", "--batch", given="\n".join([*wanted.values(), ""]).encode())
        found, at = {}, 0
        for name in wanted:
            end = told.index(b"\n", at)
            size = int(told[at:end].split()[2])
            found[name] = told[end + 1 : end + 1 + size]
            at = end + 2 + size
        return found

    def config(self) -> Config | None:
        """``mlops.yaml`` as it was; None where there was none.

        Raises:
            ConfigError: it was broken.
        """
        if CONFIG_NAME not in self.entries:
            return None
        return config_of(self.read([CONFIG_NAME])[CONFIG_NAME], f"{self.ref}:{CONFIG_NAME}")

    def _told(self, *words: str, given: bytes = b"") -> bytes:
        done = self._run(*words, given=given)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise Refused(f"git {words[0]} of {self.ref} failed: {said}", hint="mend the repository")
        return done.stdout

    def _run(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        try:
            return run_git(self.root, *words, timeout=_TIME, given=given)
        except FileNotFoundError:
            raise NotFound(
                "there is no git on this machine", hint="install it, or write source: pinned"
            ) from None
        except subprocess.TimeoutExpired:
            raise Refused(f"git {words[0]} took longer than {_TIME:g} s", hint="try again") from None
