"""What a person wants checked: a notebook, data, or a model, told apart by what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from jupyter_mlops.catalogue.names import parted
from jupyter_mlops.config import Config
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.tracking import datasets, registry
from jupyter_mlops.tracking.store import Store

Kind = Literal["notebook", "data", "model"]
_PREFIXES: dict[str, Kind] = {"dataset:": "data", "model:": "model"}


def subject_of(store: Store, config: Config, text: str) -> tuple[Kind, str]:
    """The kind of `text`, and its name without a prefix.

    What ends in ``.ipynb`` is a notebook. ``dataset:NAME`` and ``model:NAME`` say so themselves; any other
    name is of the dataset, file, URL or model that there is.

    Raises:
        NotFound: there is nothing of that name.
        Refused: there are both data and a model.
    """
    if text.endswith(".ipynb"):
        return "notebook", text
    for prefix, kind in _PREFIXES.items():
        if text.startswith(prefix) and "://" not in text:
            return kind, text.removeprefix(prefix)
    if "://" in text or (Path(text).suffix and Path(text).exists()):
        return "data", text
    name, number = parted(text)
    known_data = set(config.datasets)
    models: set[str] = set()
    if not store.is_new:
        known_data |= {entry.version.name for entry in datasets.entries(store)}
        models = {version.name for version in registry.list_models(store)}
    is_data = text in known_data or (number is not None and name in known_data) or Path(text).exists()
    is_model = text.partition("@")[0] in models
    if is_data and is_model:
        raise Refused(
            f"{text!r} is both data and a model", hint=f"write dataset:{text} or model:{text}, or ./{text}"
        )
    if not is_data and not is_model:
        base = text.partition("@")[0]
        raise NotFound(
            f"there is no notebook, dataset, file or model {text!r}",
            hint=did_you_mean(base, known_data | models),
        )
    return ("data" if is_data else "model"), text
