"""Places below the Jupyter server's root, as requests name them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from jupyter_mlops.config import search_root
from jupyter_mlops.exceptions import NotFound, Refused

_NO_NAME = {errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}
_LONGEST = 2000  # characters
_MEND = "name it as the file browser shows it, from the server's root on"


class Places:
    """What is below the folder `served`, links followed. A name is taken as it is: it was decoded when the
    request was read, and is not decoded again. With `allow_hidden` it may lead to what is hidden, as the
    server's contents manager then does."""

    def __init__(self, served: Path, allow_hidden: bool = False) -> None:
        self.served = Path(os.path.realpath(served.expanduser()))
        self._allow_hidden = allow_hidden

    def path(self, name: str) -> Path:
        """The place of that name, such as ``notebooks/train.ipynb``; "" is the root. There may be nothing.

        Raises:
            Refused: it is no name of a place below the root, or leads out of it.
            NotFound: it is hidden.
        """
        if "\0" in name or "\\" in name or len(name) > _LONGEST or _has_drive(name):
            raise Refused(f"this is no name of a file: {_shown(name)}", hint=_MEND)
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts:
            raise Refused(f"{_shown(name)} leads out of the server's root", hint=_MEND)
        try:
            found = Path(os.path.realpath(self.served.joinpath(*parts)))
        except (OSError, ValueError):  # such as a link to itself
            raise Refused(f"this is no name of a file: {_shown(name)}", hint=_MEND) from None
        if not found.is_relative_to(self.served):
            raise Refused(
                f"{_shown(name)} leads out of the server's root by a link",
                hint="start the Jupyter server in a folder that holds both",
            )
        self._refuse_hidden(name, (*parts, *found.relative_to(self.served).parts))
        try:
            found.lstat()
        except OSError as error:
            if error.errno in _NO_NAME:  # whoever asks for more than its name would fail
                raise NotFound(f"no such file: {_shown(name)}", hint=_MEND) from None
        return found

    def folder(self, name: str) -> Path:
        """The folder of that name.

        Raises:
            Refused: see `path`.
            NotFound: there is none.
        """
        found = self.path(name)
        if not _is(found.is_dir):
            raise NotFound(f"no such folder: {_shown(name)}", hint=_MEND)
        return found

    def notebook(self, name: str) -> Path:
        """The notebook file of that name.

        Raises:
            Refused: see `path`; or it is no .ipynb file.
            NotFound: there is none.
        """
        found = self.path(name)
        if found.suffix != ".ipynb":
            raise Refused(f"{_shown(name)} is no notebook", hint="name a file that ends in .ipynb")
        if not _is(found.is_file):
            raise NotFound(f"no such notebook: {_shown(name)}", hint="save it first")
        return found

    def project_root(self, name: str) -> Path:
        """The project folder of a folder or notebook: the nearest one upward that is marked as such, as
        `config.search_root` finds it. Where nothing is marked up to the server's root, that is the project,
        or, where the server was started inside of a project, the root of that one: the only folder above the
        server's root that is ever worked in, as any terminal and kernel there would.

        Raises:
            Refused: see `path`.
            NotFound: there is nothing of that name.
        """
        found = self.path(name)
        if found.suffix == ".ipynb" and _is(found.is_file):
            found = found.parent
        elif not _is(found.is_dir):
            raise NotFound(f"no such folder or notebook: {_shown(name)}", hint=_MEND)
        root = search_root(found, otherwise=self.served)
        return root if root.is_relative_to(self.served) else search_root(self.served)

    def serves(self, folder: Path) -> bool:
        """Whether a page may look at what is in that folder."""
        found = Path(os.path.realpath(folder))
        return self.holds(found) and (self._allow_hidden or not _hidden(found.relative_to(self.served).parts))

    def relative(self, path: Path) -> str:
        """The name of a place; "" of the root, and of what is not below it."""
        return "/".join(path.relative_to(self.served).parts) if self.holds(path) else ""

    def holds(self, path: Path) -> bool:
        """Whether it is below the root."""
        return path.is_relative_to(self.served)

    def _refuse_hidden(self, name: str, parts: tuple[str, ...]) -> None:
        if not self._allow_hidden and _hidden(parts):
            raise NotFound(f"no such file: {_shown(name)}", hint="what is hidden is not served")


def _hidden(parts: tuple[str, ...]) -> bool:
    return any(part.startswith(".") for part in parts)


def _has_drive(name: str) -> bool:
    """``C:``, which on Windows begins an absolute path."""
    return os.name == "nt" and ":" in name


def _is(kind: Callable[[], bool]) -> bool:
    try:
        return kind()
    except OSError:  # such as a name that is too long
        return False


def _shown(name: str) -> str:
    return repr(name if len(name) <= 100 else f"{name[:99]}…")
