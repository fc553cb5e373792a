"""The OpenAPI document of the REST interface, made from the routes and their entities.

``python -m jupyter_mlops.server.api.openapi`` prints it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from jupyter_mlops.entities import DataDiff, DriftReport, Entity
from jupyter_mlops.entities.panels import Change, Problem
from jupyter_mlops.server.api.route import BASE, Nothing, Route

_FOUND = (DataDiff, DriftReport)  # what works find, and no route answers
_REF = "#/components/schemas/{model}"
_NAME = re.compile(r"\{(\w+)\}")
_SCHEMES = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`token ...` with the token of the Jupyter server",
    },
    "cookie": {
        "type": "apiKey",
        "in": "header",
        "name": "X-XSRFToken",
        "description": "of a page of the Jupyter server: its login cookie; to write, that of `_xsrf` as well",
    },
}
_PROJECT = {
    "name": "project",
    "in": "query",
    "required": False,
    "description": "a folder or notebook of the project, below the server's root; by default that root",
    "schema": {"type": "string"},
}


def document() -> dict[str, Any]:
    """The document, as JSON can carry it (OpenAPI 3.1.0)."""
    from pydantic.json_schema import models_json_schema

    from jupyter_mlops.server.api.table import ROUTES

    wanted: dict[tuple[type[Entity], Any], None] = {
        (Problem, "serialization"): None,
        (Change, "serialization"): None,
        **{(found, "serialization"): None for found in _FOUND},
    }
    for route in ROUTES:
        wanted[route.answer, "serialization"] = None
        if route.body is not None:
            wanted[route.body, "validation"] = None
    refs, schemas = models_json_schema(list(wanted), ref_template=_REF)
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.verb.lower()] = _operation(route, refs)
    paths["/events"] = {"get": _events(refs)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "jupyter-mlops", "version": "1"},
        "security": [{"token": []}, {"cookie": []}],
        "servers": [{"url": f"/{BASE}"}],
        "paths": paths,
        "components": {"schemas": schemas.get("$defs", {}), "securitySchemes": _SCHEMES},
    }


def _operation(route: Route, refs: Any) -> dict[str, Any]:
    answer = refs[route.answer, "serialization"]
    content = {"type": "array", "items": answer} if route.many else answer
    made: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "parameters": [
            *(
                {"name": n, "in": "path", "required": True, "schema": {"type": "string"}}
                for n in _NAME.findall(route.path)
            ),
            _PROJECT,
            *_query(route.query),
        ],
        "responses": {
            str(route.status): {"description": "done", "content": {"application/json": {"schema": content}}},
            "default": {
                "description": "why not",
                "content": {"application/json": {"schema": refs[Problem, "serialization"]}},
            },
        },
    }
    if route.body is not None:
        schema = refs[route.body, "validation"]
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return made


def _events(refs: Any) -> dict[str, Any]:
    problem = {"application/json": {"schema": refs[Problem, "serialization"]}}
    changes = {"text/event-stream": {"schema": refs[Change, "serialization"]}}
    return {
        "operationId": "get_events",
        "summary": "What changes, as it happens: Server-Sent Events, the data of each a Change as JSON",
        "parameters": [_PROJECT],
        "responses": {
            "200": {"description": "for as long as the connection lasts", "content": changes},
            "default": {"description": "why not", "content": problem},
        },
    }


def operation_id(route: Route) -> str:
    """A name of its own for each route, such as ``get_runs_run_metrics``."""
    return "_".join([route.verb.lower(), *re.findall(r"\w+", route.path.replace("-", "_"))])


def _query(query: type[Entity]) -> list[dict[str, Any]]:
    if query is Nothing:
        return []
    schema = query.model_json_schema(ref_template=_REF)
    defs = schema.get("$defs", {})
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _inlined(shape, defs)}
        for name, shape in schema.get("properties", {}).items()
    ]


def _inlined(shape: Any, defs: dict[str, Any]) -> Any:
    """The schema with what it refers to put in its place."""
    if isinstance(shape, dict):
        if "$ref" in shape:
            return _inlined(defs[shape["$ref"].rpartition("/")[2]], defs)
        return {key: _inlined(value, defs) for key, value in shape.items()}
    return [_inlined(value, defs) for value in shape] if isinstance(shape, list) else shape


def main() -> None:
    """Print the document."""
    print(json.dumps(document(), indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
