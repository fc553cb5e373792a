"""True values that come later, joined by key to what was predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.evaluation.models import Model
from jupyter_mlops.evaluation.targets import plain
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean

if TYPE_CHECKING:
    import pandas

_BETWEEN = "\x1f"  # parts of a key


@dataclass(frozen=True)
class Labels:
    """The true values of the column `target`, by key. Of several for one key the last counts."""

    label: str
    key: tuple[str, ...]
    target: str
    values: Mapping[str, Any]

    def joined(self, frame: pandas.DataFrame) -> pandas.DataFrame:
        """The rows of `frame` that have a true value, with it in the column `target`.

        Raises:
            NotFound: the rows lack a column of the key.
        """
        found = keys(frame, self.key, "what was recorded").map(self.values)
        return frame.assign(**{self.target: found})[found.notna()]


def labels_of(data: Data, key: Sequence[str], target: str | None, model: Model) -> Labels:
    """The true values in the data. `target` is by default the one column besides the key.

    Raises:
        NotFound: the data lack a column of the key, or the target.
        Refused: no key is named, or which column holds the true values cannot be told.
    """
    key = tuple(key) or data.version.key
    if not key:
        raise Refused(f"nothing tells which row a true value in {data.label} is of", hint="key: [COLUMN]")
    frame = data.frame({*model.texts, *(name for name in key if name not in model.features)})
    found = keys(frame, key, data.label)
    name = _target(data.label, [str(column) for column in frame.columns], key, target)
    there = found.notna() & frame[name].notna()
    values = dict(zip(found[there], frame.loc[there, name].tolist(), strict=True))
    return Labels(data.label, key, name, values)


def keys(frame: pandas.DataFrame, key: Sequence[str], what: str) -> pandas.Series[Any]:
    """The key of each row as one text, missing where a part of it is: a number reads the same whether a file
    holds it as whole or not.

    Raises:
        NotFound: a column of it is not there.
    """
    for name in key:
        if name not in frame.columns:
            raise NotFound(
                f"{what} has no column {name!r} to join true values by",
                hint=did_you_mean(name, map(str, frame.columns)),
            )
    parts = [frame[name].map(lambda value: str(plain(value))) for name in key]
    made = parts[0]
    for part in parts[1:]:
        made = made + _BETWEEN + part
    return made.where(frame[list(key)].notna().all(axis="columns"))


def _target(label: str, columns: Sequence[str], key: Sequence[str], target: str | None) -> str:
    if target is not None:
        if target not in columns:
            raise NotFound(f"{label} has no column {target!r}", hint=did_you_mean(target, columns))
        return target
    left = [name for name in columns if name not in key]
    if len(left) == 1:
        return left[0]
    raise Refused(
        f"which column of {label} holds the true values? there are {', '.join(left) or 'none'}",
        hint="target: COLUMN",
    )
