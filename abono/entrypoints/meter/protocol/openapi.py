"""The fast lane's addresses for the OpenAPI document (API-1): made from what `wire` reads and writes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from abono.entrypoints.meter.protocol import allows, leases, wire
from abono.entrypoints.meter.protocol import health as told
from abono.platform.web.problems import MEDIA_TYPE, TITLES

_REFS = "#/components/schemas/{name}"
_JSON = "application/json"
_TYPES = (
    wire.Sends,
    wire.Send,
    wire.Settlements,
    wire.Settlement,
    wire.Events,
    wire.Event,
    wire.CampaignSends,
    wire.CampaignSend,
    leases.LeasesAsked,
    leases.LeaseAsked,
    leases.LeaseHeartbeats,
    leases.LeaseHeartbeat,
    leases.LeaseReleases,
    leases.LeaseRelease,
    leases.LeaseResults,
    leases.LeaseResult,
    leases.LeasesAnswer,
    wire.Results,
    wire.Result,
    wire.Stopped,
    wire.BalanceAnswer,
    wire.ReceiptAnswer,
    allows.EntitlementsAnswer,
    allows.EntitlementAnswer,
    told.LiveAnswer,
    told.ReadyAnswer,
    told.HealthAnswer,
)
# address, operation, what it does, body of many, body of one
_POSTS = (
    (
        "/v1/holds",
        "create_holds",
        "Set package value aside before sending: one send, or up to 10,000.",
        "Sends",
        "Send",
    ),
    ("/v1/settlements", "create_settlements", "Say how sends ended.", "Settlements", "Settlement"),
    (
        "/v1/interactions",
        "create_interactions",
        "Tell of events between contacts and customers.",
        "Events",
        "Event",
    ),
    (
        "/v1/campaign-settlements",
        "create_campaign_settlements",
        "Say how sends of campaigns ended.",
        "CampaignSends",
        "CampaignSend",
    ),
)
_LEASES = (
    (
        "/v1/leases",
        "create_leases",
        "Let people in: a licence for each, or a place in the queue.",
        "LeasesAsked",
        "LeaseAsked",
    ),
    (
        "/v1/lease-heartbeats",
        "create_lease_heartbeats",
        "Say that people are still in, or still wait.",
        "LeaseHeartbeats",
        "LeaseHeartbeat",
    ),
    (
        "/v1/lease-releases",
        "create_lease_releases",
        "Give licences back, or places in the queue.",
        "LeaseReleases",
        "LeaseRelease",
    ),
)
_EACH = (
    "Each event is answered by itself, in order. The same id with the same content gets its first answer."
    " As application/x-ndjson any number of events, a line each: a line is answered by a line while more come."
    " The last line of a stream that was not read to its end says so."
)
_EACH_PERSON = (
    "Each is answered by itself, in order. A new id for each sign-in: the same id again is the same lease. Answers count in seconds from"
    " when they arrive, so that nobody has to read a clock. As application/x-ndjson any number, a line each."
)
_KEYS = [{"ApiKey": ["read"]}, {"ApiKey": ["meter"]}]


def paths() -> dict[str, Any]:
    """Path items by address."""
    found: dict[str, Any] = {}
    for address, operation, summary, many, one in (*_POSTS, *_LEASES):
        of = "LeaseResult" if (address, operation, summary, many, one) in _LEASES else "Result"
        found[address] = {
            "post": {
                "operationId": operation,
                "tags": ["meter"],
                "summary": summary,
                "description": _EACH if of == "Result" else _EACH_PERSON,
                "requestBody": {
                    "required": True,
                    "content": {
                        _JSON: {"schema": {"oneOf": [_ref(many), _ref(one)]}},
                        wire.LINES: {"schema": _ref(one)},
                    },
                },
                "responses": _answer(
                    {"oneOf": [_ref(f"{of}s"), _ref(of)]}, 400, 408, 413, 415, 422, lines=of
                ),
                "security": [{"ApiKey": ["meter"]}],
            }
        }
    found["/v1/leases"] |= _who_is_in()
    found["/v1/balances/{contract}"] = _get(
        "read_balance",
        "The current cycle of a contract",
        "Its allowances, what is held, used and left, and the ways out when sending is blocked.",
        [_CONTRACT],
        _answer(_ref("BalanceAnswer"), 404, 422),
    )
    found["/v1/sends/{contract}/{id}"] = _get(
        "read_send",
        "The receipt of a send",
        "How it stands, the price row that it was priced by, what of it the package paid and what was overage.",
        [_CONTRACT, _SEND],
        _answer(_ref("ReceiptAnswer"), 404, 422),
    )
    found["/v1/entitlements/{contract}"] = _get(
        "read_entitlements",
        "What a contract allows",
        "The functions that may be used now. Send the ETag back as If-None-Match: 304 says that nothing changed.",
        [_CONTRACT, _KNOWN],
        _answer(_ref("EntitlementsAnswer"), 404, 422) | _SAME,
    )
    found["/v1/entitlements/{contract}/{function}"] = _get(
        "read_entitlement",
        "Whether a contract allows one function",
        "… and if not, why. A code that no catalog has or had is a 404 (`no_function`), not a no.",
        [_CONTRACT, _FUNCTION, _KNOWN],
        _answer(_ref("EntitlementAnswer"), 404, 422) | _SAME,
    )
    found |= _looked_at()
    return found


def _who_is_in() -> dict[str, Any]:
    return _get(
        "list_leases",
        "Who is in",
        "People with a licence in use at this moment, and how many are in, owned and wait.",
        [{**_CONTRACT, "in": "query"}, _AFTER, _LIMIT],
        _answer(_ref("LeasesAnswer"), 404, 422),
    )


def _looked_at() -> dict[str, Any]:
    """What those ask who watch over a process."""
    live = _answer(_ref("LiveAnswer"))
    ready = _answer(_ref("ReadyAnswer"))
    return {
        "/v1/live": _get(
            "read_live",
            "Whether this process answers",
            "Without a key. Nothing else is looked at: start a process anew that does not answer this.",
            [],
            {status: live[status] for status in ("200", "500", "503")},
            [],
        ),
        "/v1/ready": _get(
            "read_ready",
            "Whether this process can serve",
            "Without a key: 503 when it cannot, and “failing” says why: `database`, `fsync`, `migrations`,"
            " `static_files`, `lanes`. Send it no traffic until it can.",
            [],
            {status: ready[status] for status in ("200", "500", "503")},
            [],
        ),
        "/v1/health": _get(
            "read_health",
            "What this process waits for",
            "With a key of the seller: how many events wait to be written, and how long; how old the oldest"
            " background work is, and how many workers do it. 503 when the process cannot serve.",
            [],
            _answer(_ref("HealthAnswer")),
        ),
    }


_CONTRACT = {
    "name": "contract",
    "in": "path",
    "required": True,
    "schema": {
        "type": "string",
        "pattern": "^ctr_[0-7][0-9a-hjkmnp-tv-z]{25}$",
        "examples": ["ctr_01jzd2v6k3e8rv9a4mrw5qy0bn"],
    },
}
_AFTER = {
    "name": "after",
    "in": "query",
    "required": False,
    "description": "“next” of the page before.",
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[^\\u0000]*$", "default": ""},
}
_LIMIT = {
    "name": "limit",
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "minimum": 1, "maximum": 1_000, "default": 100},
}
_SEND = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "Your own id. It stands at the end of the address and may contain slashes.",
    "schema": {"type": "string", "minLength": 1, "examples": ["campaign-7/1"]},
}
_FUNCTION = {
    "name": "function",
    "in": "path",
    "required": True,
    "description": "Its code, of /v1/catalog.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,40}$", "examples": ["mass-sends"]},
}
_KNOWN = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the answer that you have.",
    "schema": {"type": "string", "pattern": '^(W/)?"[!#-~]+"$', "examples": ['"5f0c1d9b8a7e6f504132"']},
}
_SAME = {"304": {"description": "What you have is what there is."}}


def _get(
    name: str,
    summary: str,
    description: str,
    parameters: list[dict[str, Any]],
    responses: dict[str, Any],
    security: list[dict[str, Any]] = _KEYS,
) -> dict[str, Any]:
    return {
        "get": {
            "operationId": name,
            "tags": ["meter"],
            "summary": summary,
            "description": description,
            "parameters": parameters,
            "responses": responses,
            "security": security,
        }
    }


def schemas() -> dict[str, Any]:
    """Component schemas by name."""
    _, components = msgspec.json.schema_components(_TYPES, ref_template=_REFS)
    written: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(components))  # a default is a tuple
    return written


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REFS.format(name=name)}


def _answer(schema: dict[str, Any], *problems: int, lines: str = "") -> dict[str, Any]:
    """The answer, and the problems that stand in its place; the REST API describes their form."""
    content = {_JSON: {"schema": schema}}
    if lines:
        content[wire.LINES] = {"schema": {"oneOf": [_ref(lines), _ref("Stopped")]}}
    found: dict[str, Any] = {"200": {"description": "OK", "content": content}}
    for status in sorted({401, 403, 500, 503, *problems}):
        found[str(status)] = {
            "description": TITLES[HTTPStatus(status)],
            "content": {MEDIA_TYPE: {"schema": _ref("Problem")}},
        }
    return found
