"""The fast lane's addresses for the OpenAPI document (API-1): made from what `wire` reads and writes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from abono.flows.meter_usage import wire
from abono.platform.problems import MEDIA_TYPE, TITLES

_REFS = "#/components/schemas/{name}"
_JSON = "application/json"
_TYPES = (
    wire.Sends,
    wire.Send,
    wire.Settlements,
    wire.Settlement,
    wire.Events,
    wire.Event,
    wire.Results,
    wire.Result,
    wire.BalanceAnswer,
)
# address, operation, what it does, body of many, body of one
_POSTS = (
    (
        "/v1/holds",
        "hold",
        "Set package value aside before sending: one send, or up to 10,000.",
        "Sends",
        "Send",
    ),
    ("/v1/settlements", "settle", "Say how sends ended.", "Settlements", "Settlement"),
    ("/v1/interactions", "observe", "Tell of events between contacts and customers.", "Events", "Event"),
)


def paths() -> dict[str, Any]:
    """Path items by address."""
    found: dict[str, Any] = {}
    for address, operation, summary, many, one in _POSTS:
        found[address] = {
            "post": {
                "operationId": operation,
                "tags": ["meter"],
                "summary": summary,
                "description": "Each event is answered by itself, in order. The same id with the same content gets its first answer.",
                "requestBody": {
                    "required": True,
                    "content": {_JSON: {"schema": {"oneOf": [_ref(many), _ref(one)]}}},
                },
                "responses": _answer({"oneOf": [_ref("Results"), _ref("Result")]}, 400, 413, 422),
                "security": [{"ApiKey": ["meter"]}],
            }
        }
    found["/v1/balances/{contract}"] = {
        "get": {
            "operationId": "balance",
            "tags": ["meter"],
            "summary": "The current cycle of a contract",
            "description": "Its allowances, what is held, used and left, and the ways out when sending is blocked.",
            "parameters": [
                {
                    "name": "contract",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "examples": ["ctr_01jzd2v6k3e8rv9a4mrw5qy0bn"]},
                },
            ],
            "responses": _answer(_ref("BalanceAnswer"), 404),
            "security": [{"ApiKey": ["read"]}, {"ApiKey": ["meter"]}],
        }
    }
    return found


def schemas() -> dict[str, Any]:
    """Component schemas by name."""
    _, components = msgspec.json.schema_components(_TYPES, ref_template=_REFS)
    return components


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REFS.format(name=name)}


def _answer(schema: dict[str, Any], *problems: int) -> dict[str, Any]:
    """The answer, and the problems that stand in its place; the REST API describes their form."""
    found: dict[str, Any] = {"200": {"description": "OK", "content": {_JSON: {"schema": schema}}}}
    for status in sorted({401, 403, 500, 503, *problems}):
        found[str(status)] = {
            "description": TITLES[HTTPStatus(status)],
            "content": {MEDIA_TYPE: {"schema": _ref("Problem")}},
        }
    return found
