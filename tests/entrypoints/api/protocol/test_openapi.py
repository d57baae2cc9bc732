"""The OpenAPI document: committed, true, complete (API-1)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from ninja import Schema

import abono.entrypoints.api.root  # noqa: F401 - every body is known once the routes are
from abono.domain.identity.keys import SCOPES
from abono.entrypoints.api.protocol import openapi
from abono.entrypoints.inbound.urls import urlpatterns as inbound_urls
from abono.entrypoints.meter.protocol import openapi as fast_lane
from tests.entrypoints.api.conftest import DOCUMENT
from tests.processes import ROOT

_ALL = {
    (method, path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
OPERATIONS = {key: operation for key, operation in _ALL.items() if not key[1].startswith("/inbound/")}
DOORS = {key: operation for key, operation in _ALL.items() if key not in OPERATIONS}  # in formats of others
OPEN = {"/v1/catalog", "/v1/licence-keys", "/v1/live", "/v1/ready", "/v1/terms"}
USAGE_DOORS = ("cloudevents", "zenvia", "whatsapp", "twilio")


@pytest.mark.rule("API-1", part="OpenAPI")
def test_the_committed_document_is_what_the_code_says(tmp_path: Path) -> None:
    committed, docs = ROOT / openapi.FILE, ROOT / "docs" / "api.md"
    call_command("openapi", check=True, file=committed, docs=docs)
    other, words = tmp_path / "openapi.json", tmp_path / "api.md"
    words.write_text(docs.read_text().replace("`agent_action`", ""))
    with pytest.raises(CommandError, match=r"api.md is not what the code says"):
        call_command("openapi", check=True, file=committed, docs=words)
    call_command("openapi", file=other, docs=words)
    assert (other.read_text(), words.read_text()) == (committed.read_text(), docs.read_text())
    other.write_text("{}")
    with pytest.raises(CommandError, match="abono openapi"):
        call_command("openapi", check=True, file=other, docs=words)


@pytest.mark.rule("API-1", part="OpenAPI")
def test_no_two_types_of_one_name_stand_for_each_other_in_the_document() -> None:
    """Each body by itself says the same of its parts as the whole document does."""
    parts = DOCUMENT["components"]["schemas"]
    asked = [one for one in _every(Schema) if one.__name__ in parts and one.__module__.startswith("abono.")]
    assert len(asked) > 50
    for body in asked:
        for name, alone in body.model_json_schema().get("$defs", {}).items():
            assert set(alone.get("enum", ())) == set(parts[name].get("enum", ())), (body.__name__, name)


def _every(kind: type[Schema]) -> Iterator[type[Schema]]:
    for one in kind.__subclasses__():
        yield one
        yield from _every(one)


def test_every_command_of_the_page_says_what_it_sends() -> None:
    """What curl calls a form is refused."""
    page = (ROOT / "docs" / "api.md").read_text().replace("\\\n", "")
    commands = [line for line in page.splitlines() if "curl " in line]
    sending = [line for line in commands if " -d " in line or " -T " in line]
    assert len(sending) > 5
    assert [line for line in sending if "Content-Type: " not in line] == []


@pytest.mark.rule("API-1")
def test_the_document_is_served_and_nothing_that_loads_scripts_is() -> None:
    assert Client().get("/v1/openapi.json").json() == DOCUMENT
    assert Client().get("/v1/docs").status_code == 404


def test_no_two_schemas_have_one_name() -> None:
    """ninja would write one over the other."""

    def below(schema: type[Schema]) -> list[type[Schema]]:
        return [schema, *(inner for child in schema.__subclasses__() for inner in below(child))]

    ours = {schema for schema in below(Schema) if schema.__module__.startswith("abono.")}
    names = Counter(schema.__name__ for schema in ours)
    assert [name for name, count in names.items() if count > 1] == []
    assert names.keys() & fast_lane.schemas().keys() == set()  # of the REST API and the fast lane
    assert names.keys() & DOCUMENT["components"]["schemas"].keys()


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*(references(inner) for inner in part.values()))
        return set().union(*(references(inner) for inner in part)) if isinstance(part, list) else set()

    assert references(DOCUMENT) == {
        f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]
    }


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_error_that_may_come_is_declared_as_a_problem(method: str, path: str) -> None:
    operation = OPERATIONS[method, path]
    declared = set(operation["responses"])
    needed = {"500", "503"}
    if path not in OPEN:
        needed |= {"401", "403"}
    if "{" in path:
        needed |= {"404"}
    if any(parameter["in"] in ("query", "header") for parameter in operation["parameters"]):
        needed |= {"422"}
    if method == "post":
        needed |= {"400", "413", "422"}
    assert needed <= declared
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}
    assert any(int(status) < 300 for status in declared)


@pytest.mark.rule("ACC-1", "ACC-4")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_route_says_which_scope_it_needs(method: str, path: str) -> None:
    scopes = {scope for need in OPERATIONS[method, path]["security"] for scope in need["ApiKey"]}
    assert scopes <= set(SCOPES)
    assert bool(scopes) == (path not in OPEN)
    if method == "post" and not path.endswith("-estimates"):  # those write nothing
        assert "read" not in scopes


@pytest.mark.rule("API-1", part="OpenAPI")
@pytest.mark.rule("API-3")
def test_the_doors_for_usage_of_others_say_what_they_take_and_answer() -> None:
    served = {f"/inbound/{path.pattern}" for path in inbound_urls if path.name in USAGE_DOORS}
    assert {path for _method, path in DOORS} == {path for path in served if not path.endswith("/")}
    schemes = DOCUMENT["components"]["securitySchemes"]
    for (method, path), operation in DOORS.items():
        assert {name for need in operation["security"] for name in need} <= set(schemes)
        assert bool(operation["security"]) == (method == "post"), path
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert response["content"]["application/problem+json"]["schema"]["$ref"].endswith("Problem")
        if method == "post":
            assert {"400", "401", "403", "413", "500", "503"} <= set(operation["responses"])
            answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
            assert answer.rpartition("/")[2] in ("Result", "Results")
            assert operation["requestBody"]["content"]


@pytest.mark.rule("API-2")
def test_every_write_that_costs_money_needs_an_idempotency_key() -> None:
    for (method, path), operation in OPERATIONS.items():
        named = [p for p in operation["parameters"] if p["name"] == "Idempotency-Key"]
        costs = method != "get" and {"ApiKey": ["write"]} in operation["security"]
        assert [parameter["required"] for parameter in named] == ([True] if costs else []), path


def test_no_parameter_is_plain_text() -> None:
    """PostgreSQL cannot keep NUL: each text has a form, a list of words, or is looked up as an id."""

    def texts(schema: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in schema:
            return texts(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        inner = [text for part in schema.get("anyOf", []) for text in texts(part)]
        return [*inner, schema] if schema.get("type") == "string" else inner

    plain = [
        (path, parameter["name"])
        for (_method, path), operation in OPERATIONS.items()
        for parameter in operation["parameters"]
        for text in texts(parameter["schema"])
        if not {"pattern", "enum", "const", "format"} & text.keys()
    ]
    assert plain == [  # made a key of: no such one, 404
        ("/v1/sends/{contract}/{id}", "id"),
    ]


VERBS = {
    "get": {"list", "read", "preview"},
    "put": {"put"},
    "post": {"create", "close", "cancel", "apply", "accept", "approve", "refuse", "withdraw", "undo", "end"},
}
FOR_PEOPLE = {"name", "label", "channel_label", "kind_label", "title", "detail", "message", "where", "why"}
FOR_PEOPLE |= {"explanation", "lifted_why"}


def test_every_operation_has_a_name_and_a_sentence() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))
    for (method, _path), operation in OPERATIONS.items():
        verb, _, noun = operation["operationId"].partition("_")
        assert verb in VERBS[method], operation["operationId"]
        assert noun
    assert all(operation["description"].endswith(".") for operation in OPERATIONS.values())


def test_every_body_refuses_what_it_does_not_know() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    asked = [
        schemas[schema["$ref"].rpartition("/")[2]]
        for operation in OPERATIONS.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for many in ("oneOf", "allOf")
        for schema in content["schema"].get(many, [content["schema"]])
        if "$ref" in schema
    ]
    assert asked
    assert all(schema["additionalProperties"] is False for schema in asked)


def test_every_text_says_what_it_looks_like() -> None:
    """A list of words, a form, or the caller's own; what is left is for people to read."""
    plain = {
        f"{name}.{member}"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for member, given in schema.get("properties", {}).items()
        for one in (given, *given.get("anyOf", []), given.get("items", {}))
        if one.get("type") == "string"
        if not {"pattern", "enum", "const", "format", "maxLength"} & one.keys() and member not in FOR_PEOPLE
    }
    assert plain == {
        "CloudEvent.data_base64",
        "ClockAdvance.trouble",  # as the machine says it
        "CreditNote.invoice_number",  # each series is written as its country asks
        "CreditNote.number",
        "Invoice.number",
        "InvoiceWithLines.number",
        "RecordedEvent.actor",
        "RecordedEvent.origin",
        "Result.id",
    }


def test_answers_that_say_when_to_come_back_say_so_in_the_document() -> None:
    for operation in OPERATIONS.values():
        for status in {"429", "503"} & set(operation["responses"]):
            assert operation["responses"][status]["headers"]["Retry-After"]["required"]


@pytest.mark.rule("API-5")
def test_every_list_is_bounded_and_has_a_cursor() -> None:
    """API-5, from the document: whatever answers with `next_cursor` takes a limit and a cursor."""
    schemas = DOCUMENT["components"]["schemas"]
    lists = {name for name, schema in schemas.items() if "next_cursor" in schema.get("properties", {})}
    assert lists
    for (method, path), operation in OPERATIONS.items():
        content = json.dumps(operation["responses"].get("200", {}))
        if any(f'schemas/{name}"' in content for name in lists):
            given = {p["name"]: p["schema"] for p in operation["parameters"]}
            assert method == "get"
            assert (given["limit"]["minimum"], given["limit"]["maximum"]) == (1, 200), path
            assert "cursor" in given
