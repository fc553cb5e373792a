"""In a replay no model is registered and no alias moves, whoever asks MLflow for it.

Standard library only, and no newer Python than MLflow wants: this text is also run in kernels of other
environments, which have nothing of ours. What is asked for is answered as if it had been done, so that a
notebook that registers its model runs to its end.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from typing import Any

VARIABLE = "JUPYTER_MLOPS_REPLAY"  # as in `tags`: this text stands alone
NUMBER = 999_999_999  # of the first version of a model that is in no registry; others follow
_NO_STAGE = "None"  # of a version that was moved to no stage, as MLflow calls it
_CLIENT = "mlflow.tracking._model_registry.client"
# what changes nothing that a notebook would read again
_SWALLOWED = (
    "delete_registered_model",
    "set_registered_model_tag",
    "delete_registered_model_tag",
    "delete_model_version",
    "set_model_version_tag",
    "delete_model_version_tag",
    "delete_registered_model_alias",
)
# what cannot be answered as if it were done
_REFUSED = (
    "create_prompt",
    "create_prompt_version",
    "delete_prompt",
    "delete_prompt_version",
    "set_prompt_tag",
    "delete_prompt_tag",
    "set_prompt_alias",
    "delete_prompt_alias",
    "set_prompt_version_tag",
    "delete_prompt_version_tag",
    "create_webhook",
    "update_webhook",
    "delete_webhook",
)


def replaying() -> bool:
    """This process belongs to a replay."""
    return VARIABLE in os.environ


def install() -> None:
    """In a replay, guard MLflow's client of the registry: now, or as soon as it is imported."""
    if not replaying():
        return
    module: Any = sys.modules.get(_CLIENT)
    if hasattr(module, "ModelRegistryClient"):
        guard(module.ModelRegistryClient)
    else:
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds that one module as everybody else does, and has it guarded when it is loaded."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != _CLIENT:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader: Any = spec.loader if spec is not None else None
        if loader is None:
            return spec
        run = loader.exec_module

        def load(module: Any) -> None:
            run(module)
            guard(module.ModelRegistryClient)

        loader.exec_module = load
        return spec


def guard(client: Any) -> None:
    """Let nothing that the class `ModelRegistryClient` does change a registry."""
    if "guarded_for_replay" in vars(client):
        return
    made: dict[str, list[Any]] = {}  # versions that are none, by model, oldest first
    models: dict[str, Any] = {}
    aliases: dict[tuple[str, str], str] = {}
    read = {
        name: getattr(client, name)
        for name in (
            "get_registered_model",
            "get_model_version",
            "get_model_version_by_alias",
            "get_model_version_download_uri",
            "get_latest_versions",
            "search_model_versions",
        )
    }

    def of_here(name: str, version: Any) -> Any:
        return next((each for each in made.get(name, ()) if str(each.version) == str(version)), None)

    def create_registered_model(
        self: Any, name: str, tags: Any = None, description: Any = None, *_: Any, **__: Any
    ) -> Any:
        from mlflow.entities.model_registry import RegisteredModel

        now = int(time.time() * 1000)
        models[name] = RegisteredModel(name, now, now, description)
        return models[name]

    def create_model_version(
        self: Any, name: str, source: str, run_id: Any = None, tags: Any = None, *_: Any, **more: Any
    ) -> Any:
        from mlflow.entities.model_registry import ModelVersion, ModelVersionTag

        told = [ModelVersionTag(key, str(value)) for key, value in (tags or {}).items()]
        known = made.setdefault(name, [])
        version = ModelVersion(
            name,
            NUMBER + len(known),
            int(time.time() * 1000),
            current_stage=_NO_STAGE,
            source=source,
            run_id=run_id,
            tags=told,
        )
        known.append(version)
        sys.stderr.write(f"this is a replay: no version of {name} is registered\n")
        return version

    def copy_model_version(self: Any, src_mv: Any, dst_name: str) -> Any:
        return create_model_version(self, dst_name, src_mv.source, src_mv.run_id)

    def get_registered_model(self: Any, name: str) -> Any:
        try:
            return read["get_registered_model"](self, name)
        except Exception:
            if name in models:
                return models[name]
            raise

    def get_model_version(self: Any, name: str, version: Any) -> Any:
        return of_here(name, version) or read["get_model_version"](self, name, version)

    def get_model_version_download_uri(self: Any, name: str, version: Any) -> Any:
        found = of_here(name, version)
        return found.source if found else read["get_model_version_download_uri"](self, name, version)

    def get_latest_versions(self: Any, name: str, stages: Any = None) -> Any:
        latest = made.get(name, [])[-1:]
        try:
            others = read["get_latest_versions"](self, name, stages)
        except Exception:
            if name not in models and not latest:
                raise
            others = []
        if not latest or (stages and _NO_STAGE.lower() not in [stage.lower() for stage in stages]):
            return others
        return [*(each for each in others if each.current_stage != _NO_STAGE), *latest]

    def search_model_versions(
        self: Any,
        filter_string: Any = None,
        max_results: int = 10_000,
        order_by: Any = None,
        page_token: Any = None,
    ) -> Any:
        found = read["search_model_versions"](self, filter_string, max_results, order_by, page_token)
        if page_token:
            return found
        from mlflow.store.entities import PagedList
        from mlflow.utils.search_utils import SearchModelVersionUtils as Search

        here = Search.filter([each for known in made.values() for each in known], filter_string)
        return PagedList(Search.sort([*found, *here], order_by), found.token) if here else found

    def get_model_version_by_alias(self: Any, name: str, alias: str) -> Any:
        if (name, alias) in aliases:
            return get_model_version(self, name, aliases[name, alias])
        return read["get_model_version_by_alias"](self, name, alias)

    def set_registered_model_alias(self: Any, name: str, alias: str, version: Any) -> None:
        aliases[name, alias] = str(version)

    def model_as_it_is(self: Any, name: str, *_: Any, **__: Any) -> Any:
        return get_registered_model(self, name)

    def version_as_it_is(self: Any, name: str, version: Any, *_: Any, **__: Any) -> Any:
        return get_model_version(self, name, version)

    def swallow(self: Any, *_: Any, **__: Any) -> None:
        return None

    def refuse(self: Any, *_: Any, **__: Any) -> None:
        raise RuntimeError("this is a replay: it changes neither prompts nor webhooks")

    instead = {
        "update_registered_model": model_as_it_is,
        "rename_registered_model": model_as_it_is,
        "update_model_version": version_as_it_is,
        "transition_model_version_stage": version_as_it_is,
        **{each.__name__: each for each in (
            create_registered_model, create_model_version, copy_model_version, get_registered_model,
            get_model_version, get_model_version_download_uri, get_model_version_by_alias,
            get_latest_versions, search_model_versions, set_registered_model_alias,
        )},
        **dict.fromkeys(_SWALLOWED, swallow),
        **dict.fromkeys(_REFUSED, refuse),
    }  # fmt: skip
    for name, function in instead.items():
        if hasattr(client, name):
            setattr(client, name, function)
    client.guarded_for_replay = True
