"""Registered models: register what a run made, move aliases, load back."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import ModelVersion, Run
from jupyter_mlops.exceptions import (
    CheckFailed,
    NotFound,
    Refused,
    StoreError,
    UsageError,
    did_you_mean,
)
from jupyter_mlops.provenance.identity import identity
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.asking import asked
from jupyter_mlops.tracking.reader import children, to_run
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store, plain

if TYPE_CHECKING:
    import mlflow.entities.model_registry as registry

CHAMPION = "champion"
MAY_LACK = frozenset({CHAMPION, "challenger"})  # aliases that a model need not have yet
_ALIAS, _RESERVED = re.compile(r"[\w-]{1,255}"), re.compile(r"(?i)latest|v\d+")  # as MLflow has it
PROMOTED_BY = "mlops.promoted"  # who moved which alias to the version, when and why: the last time


@dataclass(frozen=True)
class Registered:
    """A registered model: the versions that its aliases point at, by alias, and its tags."""

    aliases: Mapping[str, str]
    tags: Mapping[str, str]


def register(store: Store, run: Run, target: str, model_id: str | None = None) -> ModelVersion:
    """Make a version of model ``NAME`` from the run's logged model, or with ``NAME=ARTIFACT`` from one of
    its artifacts; it keeps a link to the run.

    Where the run logged several models, `model_id` says which one is meant; where it logged none, the one
    output it tracked is taken.

    Raises:
        CheckFailed: the run made nothing to register, or several things and none is named.
    """
    from mlflow.exceptions import MlflowException

    name, _, artifact = target.partition("=")
    if artifact:
        source = _artifact_source(store, run, artifact)
    else:
        source = (f"models:/{model_id}", model_id) if model_id else _model_source(store, run)
    client = store.client()
    known = {tags.KIND: run.kind.value, tags.AUTHOR: str(identity())}
    try:
        try:
            client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        made = client.create_model_version(name, source[0], run_id=run.run_id, model_id=source[1], tags=known)
    except MlflowException as error:
        raise Refused(f"{name!r} cannot be registered: {error.message}", hint="choose another name") from None
    return _version(store, made, _aliases(client.get_registered_model(name)))


def list_models(store: Store, name: str | None = None) -> list[ModelVersion]:
    """Every version of every registered model (or of `name`), newest first within a model.

    Raises:
        NotFound: there is no model of that name.
    """
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            known = rows.registered()
            if name and name not in known:
                raise _unknown(name, known)
            return rows.versions(name or None)
    found: list[ModelVersion] = []
    for model in [_model(store, name)] if name else _registered(store):
        aliases = _aliases(model)
        ordered = sorted(_versions(store, model.name), key=lambda version: -int(version.version))
        found.extend(_version(store, version, aliases) for version in ordered)
    return found


def find_version(store: Store, reference: str) -> ModelVersion:
    """The version that ``NAME`` (newest), ``NAME@VERSION`` (a number) or ``NAME@ALIAS`` means. An alias that
    is the number of a version is not meant.

    Raises:
        NotFound: no such model, alias or version.
        UsageError: nothing follows the ``@``.
    """
    name, at, which = reference.partition("@")
    if at and not which:
        raise UsageError(
            f"{reference!r} names no version", hint=f"{name}@champion, {name}@1, or {name}: the newest"
        )
    if store.readable() is not None:
        found = {version.version: version for version in list_models(store, name)}
        pointed = {alias: version.version for version in found.values() for alias in version.aliases}
        return found[_meant(name, which, found, pointed)]
    model = _model(store, name)
    numbers = {str(version.version): version for version in _versions(store, name)}
    pointed = {alias: str(number) for alias, number in (model.aliases or {}).items()}
    return _version(store, numbers[_meant(name, which, numbers, pointed)], _aliases(model))


def _meant(name: str, which: str, numbers: Collection[str], pointed: Mapping[str, str]) -> str:
    """The number of the version that is meant by a number or alias, or by ""."""
    if not numbers:
        raise NotFound(f"model {name!r} has no version", hint="register one: jupyter mlops run --register")
    number = (which if which in numbers else pointed.get(which, "")) if which else max(numbers, key=int)
    if number in numbers:
        return number
    known = {*pointed, *numbers}
    raise NotFound(f"model {name!r} has no version or alias {which!r}", hint=did_you_mean(which, known))


def registered(store: Store, name: str) -> Registered | None:
    """What the registry holds of the model itself; None where there is none."""
    if store.is_new:
        return None
    direct = store.direct()
    if direct is not None:
        with reading(direct) as rows:
            found = rows.model(name)
        return None if found is None else Registered(*found)
    from mlflow.exceptions import MlflowException

    try:
        model = store.client().get_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise StoreError(f"the registry does not answer: {plain(error)}", hint="try again") from None
        return None
    return Registered({alias: str(version) for alias, version in (model.aliases or {}).items()}, model.tags)


def check_alias(alias: str) -> None:
    """Return if a version can be given that alias.

    Raises:
        Refused: MLflow does not allow it, or it would be taken for the number of a version.
    """
    if not _ALIAS.fullmatch(alias) or alias.isdecimal():
        raise Refused(f"alias {alias!r} cannot be set: it is no name", hint="letters, digits, - and _")
    if _RESERVED.fullmatch(alias):
        raise Refused(f"alias {alias!r} cannot be set: MLflow reserves it", hint="e.g. champion")


def set_alias(store: Store, name: str, alias: str, version: str) -> bool:
    """Point `alias` at that version; whether there is such a version.

    Raises:
        StoreError: the registry does not take it.
    """
    from mlflow.exceptions import MlflowException

    try:
        asked(lambda: store.client().set_registered_model_alias(name, alias, version))
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise StoreError(f"alias {alias!r} cannot be set: {plain(error)}", hint="try again") from None
    return True


def set_tags(store: Store, name: str, version: str | None, values: Mapping[str, str]) -> None:
    """Set tags on a version, or with None on the model itself; one that is not there is passed over.

    Raises:
        StoreError: the registry does not take them.
    """
    from mlflow.exceptions import MlflowException

    client = store.client()
    try:
        for key, value in values.items():
            if version is None:
                asked(partial(client.set_registered_model_tag, name, key, value))
            else:
                asked(partial(client.set_model_version_tag, name, version, key, value))
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise StoreError(f"{name!r} cannot be tagged: {plain(error)}", hint="try again") from None


def is_deleted(store: Store, run_id: str) -> bool:
    """Whether the run was deleted, or is not there at all.

    Raises:
        StoreError: the store does not answer.
    """
    from mlflow.exceptions import MlflowException

    try:
        return bool(store.client().get_run(run_id).info.lifecycle_stage != "active")
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise StoreError(f"the store does not answer: {plain(error)}", hint="try again") from None
        return True


def _model_source(store: Store, run: Run) -> tuple[str, str | None]:
    runs = [run, *children(store, run.run_id)]
    logged = [model for one in runs for model in one.models]
    if len(logged) == 1:
        return f"models:/{logged[0]}", logged[0]
    if logged:  # logged twice under one name: the last one is what the notebook ended with
        names = {store.client().get_logged_model(model).name for model in logged}
        if len(names) == 1:
            return f"models:/{logged[-1]}", logged[-1]
        raise CheckFailed(
            f"run {run.run_id[:8]} logged several models: {', '.join(sorted(map(str, names)))}",
            hint="log one, or register an artifact: --register NAME=ARTIFACT",
        )
    data = store.client().get_run(run.run_id).data.tags
    outputs = sorted(path for key, path in data.items() if key.startswith(tags.OUTPUT))
    if len(outputs) == 1:
        return _artifact_source(store, run, outputs[0])
    raise CheckFailed(
        f"run {run.run_id[:8]} logged no model"
        + (f", and several outputs: {', '.join(outputs)}" if outputs else ""),
        hint="log one in the notebook: %track model clf --name NAME, or --register NAME=ARTIFACT",
    )


def _artifact_source(store: Store, run: Run, artifact: str) -> tuple[str, str | None]:
    client = store.client()
    folder, _, last = artifact.strip("/").rpartition("/")
    listed = client.list_artifacts(run.run_id, folder or None)
    names = {item.path for item in listed}
    if artifact.strip("/") not in names:
        raise CheckFailed(
            f"run {run.run_id[:8]} has no artifact {artifact!r}", hint=did_you_mean(last, names)
        )
    return f"{client.get_run(run.run_id).info.artifact_uri}/{artifact.strip('/')}", None


def _model(store: Store, name: str) -> registry.RegisteredModel:
    from mlflow.exceptions import MlflowException

    try:
        return store.client().get_registered_model(name)
    except MlflowException:
        raise _unknown(name, [model.name for model in _registered(store)]) from None


def _unknown(name: str, known: Sequence[str]) -> NotFound:
    return NotFound(f"no registered model {name!r}", hint=did_you_mean(name, known))


def _registered(store: Store) -> list[registry.RegisteredModel]:
    client = store.client()
    return _all(lambda token: client.search_registered_models(max_results=1000, page_token=token))


def _versions(store: Store, model: str) -> list[registry.ModelVersion]:
    client, quote = store.client(), '"' if "'" in model else "'"
    # MLflow's filters have no way to write a name with both kinds of quotes
    where = None if quote in model else f"name = {quote}{model}{quote}"
    found = _all(lambda token: client.search_model_versions(where, page_token=token))
    return [version for version in found if version.name == model]


def _all(page: Callable[[str | None], Any]) -> list[Any]:
    """All that a search of MLflow finds, asked for page by page."""
    found = page(None)
    items = list(found)
    while found.token:
        found = page(found.token)
        items += found
    return items


def _aliases(model: registry.RegisteredModel) -> dict[str, list[str]]:
    """Aliases by version; `search_model_versions` always returns none."""
    found: dict[str, list[str]] = {}
    for alias, version in sorted((model.aliases or {}).items()):
        found.setdefault(str(version), []).append(alias)
    return found


def _version(store: Store, version: registry.ModelVersion, aliases: dict[str, list[str]]) -> ModelVersion:
    from mlflow.exceptions import MlflowException

    try:
        run = store.client().get_run(version.run_id) if version.run_id else None
        metrics = to_run(run, "").metrics if run is not None else {}
    except MlflowException:
        metrics = {}
    return ModelVersion(
        name=version.name,
        version=str(version.version),
        run_id=version.run_id,
        source=version.source,
        aliases=tuple(aliases.get(str(version.version), ())),
        created=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        metrics=metrics,
        tags=dict(version.tags),
    )
