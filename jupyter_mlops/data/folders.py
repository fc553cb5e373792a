"""Folders as tables: one row for each file, and of folders of images what the folders and images tell."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.data.columns import text_dtype
from jupyter_mlops.data.digest import file_digest, files_below
from jupyter_mlops.data.memo import Memo, remembering
from jupyter_mlops.data.reading import CHUNK, Table
from jupyter_mlops.exceptions import NotFound, Refused

if TYPE_CHECKING:
    import pandas

SPLITS = frozenset(
    {"train", "training", "validation", "valid", "val", "dev", "test", "testing", "eval", "evaluation"}
)
IMAGES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"})
_TEXT = ("path", "digest", "split", "label", "format")
_FILES = ("path", "size", "digest")
_OF_IMAGES = ("path", "split", "label", "width", "height", "format", "size", "digest")


class FolderTable(Table):
    """The files below a folder, by name: path, size in bytes, digest.

    A folder of images, ``split/label/name.png``, ``label/name.png``, ``split/name.png`` or ``name.png``, has
    the columns path, split and label as far as its folders tell them, as in Hugging Face's image folders,
    width, height, format, size and digest. Hidden files and a ``metadata`` file beside the images are no
    rows of it. A link to nothing is a row, as it counts in the folder's digest: where it leads is its digest,
    and its size 0.
    """

    def __init__(self, path: Path, name: str, label: str = "", memo: Path | None = None) -> None:
        if not path.is_dir():
            raise NotFound(f"no such folder: {path}", hint="check the path")
        super().__init__(name, label or str(path))
        self.path = path
        self._memo = memo

    @cached_property
    def size(self) -> int:  # type: ignore[override]  # what is only known once all files were looked at
        """Bytes of all files."""
        return folder_size(self.path)

    @property
    def schema(self) -> Mapping[str, str]:
        """Columns and the names of their dtypes."""
        text = str(text_dtype())
        return {name: text if name in _TEXT else "int64" for name in self._columns}

    @property
    def rows(self) -> int:
        """How many files there are."""
        return len(self._files)

    def chunks(self, size: int = CHUNK) -> Iterator[pandas.DataFrame]:
        """The rows in order, at most `size` at once."""
        import pandas as pd

        for start in range(0, max(len(self._files), 1), size):
            names = self._files[start : start + size]
            with remembering(self._memo) as known:
                rows = [self._row(name, known) for name in names]
            made = {
                name: pd.Series([row[name] for row in rows], dtype=text_dtype() if name in _TEXT else "int64")
                for name in self._columns
            }
            yield pd.DataFrame(made)

    @cached_property
    def _listed(self) -> list[str]:
        return sorted(files_below(self.path), key=lambda name: name.split("/"))

    @cached_property
    def _has_images(self) -> bool:
        shown = [name.split("/") for name in self._listed if not _is_aside(name)]
        return (
            bool(shown)
            and all(len(parts) <= 3 and Path(parts[-1]).suffix.lower() in IMAGES for parts in shown)
            and (any(len(parts) > 1 for parts in shown) or find_spec("PIL") is not None)
        )

    @cached_property
    def _files(self) -> list[str]:
        return [name for name in self._listed if not (self._has_images and _is_aside(name))]

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        if not self._has_images:
            return _FILES
        told = [_split_and_label(name) for name in self._files]
        present = {"split": any(split for split, _ in told), "label": any(label for _, label in told)}
        return tuple(name for name in _OF_IMAGES if present.get(name, True))

    def _row(self, name: str, memo: Memo) -> dict[str, Any]:
        file = self.path / name
        row: dict[str, Any] = {"path": name}
        if self._has_images:
            split, label = _split_and_label(name)
            row |= {"split": split, "label": label, "width": 0, "height": 0, "format": None}
        if file.is_symlink() and not file.is_file():  # to a folder, or to nothing
            return {**row, "size": 0, "digest": f"-> {os.readlink(file)}"}
        row |= {"size": file.stat().st_size, "digest": file_digest(file, memo)}
        return {**row, **_image(file)} if self._has_images else row


def folder_size(path: Path) -> int:
    """Bytes of all files below a folder."""
    files = (path / name for name in files_below(path))
    return sum(file.stat().st_size for file in files if file.is_file())


def _split_and_label(name: str) -> tuple[str | None, str | None]:
    """What the folders of an image tell of it."""
    *folders, _ = name.split("/")
    if not folders:
        return None, None
    split = folders[0] if len(folders) == 2 or folders[0].lower() in SPLITS else None
    return split, folders[-1] if len(folders) == 2 or split is None else None


def _is_aside(name: str) -> bool:
    last = name.rpartition("/")[2]
    return any(part.startswith(".") for part in name.split("/")) or Path(last).stem == "metadata"


def _image(path: Path) -> dict[str, Any]:
    """Width and height in pixels, and format, by the head of the file."""
    try:
        from PIL import Image
    except ImportError:
        raise Refused(
            f"{path}: images need Pillow, which is not installed", hint="pip install pillow"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is not decoded, however large it is
            with Image.open(path) as image:
                width, height = image.size
                return {"width": width, "height": height, "format": str(image.format)}
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(f"{path}: it is no image that can be read: {error}", hint="mend or remove it") from None
