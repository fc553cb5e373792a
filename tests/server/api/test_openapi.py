"""The OpenAPI document is valid, whole, and told by the server."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest

from jupyter_mlops.server.api.openapi import document
from jupyter_mlops.server.api.table import ROUTES
from tests.server.api.serving import Answer


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return document()


def test_the_server_tells_it(rest: Callable[..., Answer], told: dict[str, Any]) -> None:
    assert rest("GET", "/openapi.json").told == told


def test_every_route_is_in_it_under_a_name_of_its_own(told: dict[str, Any]) -> None:
    operations = {(verb, path): each for path, verbs in told["paths"].items() for verb, each in verbs.items()}
    assert set(operations) == {(route.verb.lower(), route.path) for route in ROUTES} | {("get", "/events")}
    names = Counter(each["operationId"] for each in operations.values())
    assert max(names.values()) == 1
    for (verb, path), each in operations.items():
        assert re.fullmatch(r"\w+", each["operationId"]), (verb, path)
        assert each["summary"]
        inside = {given["name"] for given in each["parameters"] if given["in"] == "path"}
        assert inside == set(re.findall(r"\{(\w+)\}", path))
        assert ("requestBody" in each) <= (verb == "post")
        places = [(given["name"], given["in"]) for given in each["parameters"]]
        assert len(set(places)) == len(places)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    for each in node if isinstance(node, list) else ():
        yield from references(each)


def test_every_reference_leads_to_a_schema_and_every_schema_is_referred_to(told: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}
    found = set(references(told))
    assert found <= known
    unnamed = {"DataDiff", "DriftReport"}  # what works find
    assert {name.rpartition("/")[2] for name in known - found} <= unnamed


def test_all_schemas_are_json_schema_2020_12_as_openapi_3_1_wants(told: dict[str, Any]) -> None:
    assert told["openapi"] == "3.1.0"
    for schema in told["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for verbs in told["paths"].values():
        for each in verbs.values():
            for given in each["parameters"]:
                jsonschema.Draft202012Validator.check_schema(given["schema"])
            for code, answer in each["responses"].items():
                assert code == "default" or 200 <= int(code) < 300
                assert answer["description"]
                (content,) = answer["content"].values()
                jsonschema.Draft202012Validator.check_schema(content["schema"])


@pytest.mark.parametrize(
    "path", ["/project", "/runs", "/schedules", "/work", "/schedule-form", "/monitors", "/scheduler"]
)
def test_what_is_answered_is_as_the_document_says(
    rest: Callable[..., Answer], told: dict[str, Any], path: str
) -> None:
    answer = rest("GET", path)
    assert answer.status == 200
    schema = told["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": told["components"]}).validate(answer.told)


def test_an_error_is_a_problem(rest: Callable[..., Answer], told: dict[str, Any]) -> None:
    schema = told["components"]["schemas"]["Problem"]
    for answer in (rest("GET", "/runs/nobody"), rest("PUT", "/runs"), rest("GET", "/runs", limit=0)):
        assert answer.status >= 400
        jsonschema.Draft202012Validator(schema).validate(answer.told)
        assert answer.told["message"]
        assert answer.told["hint"]
