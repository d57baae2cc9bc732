"""The doors for usage in formats of others, for the OpenAPI document (API-1): what is read of each, and what is answered."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from abono.entrypoints.inbound import cloudevents, whatsapp, zenvia
from abono.platform.web.problems import MEDIA_TYPE, TITLES

_REFS = "#/components/schemas/{name}"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_TYPES = (
    cloudevents.CloudEvent,
    cloudevents.SendData,
    cloudevents.ContactData,
    zenvia.ZenviaEvent,
    whatsapp.WhatsAppNotification,
    whatsapp.WhatsAppStatus,
    whatsapp.WhatsAppMessage,
)
_TWILIO = {  # a form has no struct: `twilio.read` looks at these parameters
    "type": "object",
    "description": "The parameters of a callback that we read; everything else may be there.",
    "properties": {
        name: {"type": "string", "maxLength": 200, "description": says}
        for name, says in (
            ("MessageSid", "Or SmsSid, SmsMessageSid: the message's own id."),
            (
                "MessageStatus",
                "Or SmsStatus: sent, delivered, undelivered, failed, canceled, read, received.",
            ),
            ("To", "A number, or one behind `whatsapp:`, `rcs:`, `messenger:`."),
            ("From", "Likewise; of an incoming message, who wrote."),
            ("NumSegments", "Of an SMS: a held one is settled at so many units, at most those of its hold."),
        )
    },
    "required": ["MessageSid"],
}
SECURITY = {
    "ApiKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "MetaSignature": {"type": "apiKey", "in": "header", "name": "X-Hub-Signature-256"},
    "TwilioSignature": {"type": "apiKey", "in": "header", "name": "X-Twilio-Signature"},
}
_KEY = [{"ApiKey": ["meter"]}, {"ApiKeyHeader": ["meter"]}]


def paths() -> dict[str, Any]:
    """Path items by address. Each address is answered with a slash at its end, too."""
    return {
        "/inbound/cloudevents": _cloudevents(),
        "/inbound/zenvia": _zenvia(),
        "/inbound/whatsapp": _whatsapp(),
        "/inbound/twilio": _twilio(),
    }


def _cloudevents() -> dict[str, Any]:
    return {
        "post": _post(
            "create_cloudevents",
            "Usage as CloudEvents 1.0, one or up to 10,000.",
            "`abono.send.sent`, `.delivered`, `.not_delivered`, `.rejected` with a SendData, `abono.contact.<kind>` with a"
            " ContactData. In the binary mode the attributes are headers, and the body is the data. Each event is answered"
            " by itself, in order, also one that cannot be read (`malformed`).",
            {
                cloudevents.SINGLE: _ref("CloudEvent"),
                cloudevents.BATCH: {"type": "array", "maxItems": 10_000, "items": _ref("CloudEvent")},
                _JSON: {"oneOf": [_ref("SendData"), _ref("ContactData")]},
            },
            "Results",
            [_header(f"ce-{name}") for name in ("specversion", "id", "source", "type", "time")],
            _KEY,
        ),
        "options": _bare(
            "options_cloudevents",
            "The handshake of CloudEvents' webhooks",
            "Whoever asks may send here; each event needs a key.",
            [_header("WebHook-Request-Origin")],
            {"200": {"description": "OK"}},
        ),
    }


def _zenvia() -> dict[str, Any]:
    return {
        "post": _post(
            "create_zenvia_event",
            "A webhook event of Zenvia.",
            "MESSAGE, MESSAGE_STATUS and CONVERSATION_MESSAGE; others, and what says nothing that is counted, are"
            " `ignored`. `externalId` settles the hold of that id.",
            {_JSON: _ref("ZenviaEvent")},
            "Result",
            [_CONTRACT],
            _KEY,
            404,
        )
    }


def _whatsapp() -> dict[str, Any]:
    return {
        "post": _post(
            "create_whatsapp_notification",
            "A notification of the WhatsApp Cloud API.",
            "Its statuses and messages, each answered by itself. `pricing.category` settles a held send by the row of that"
            " name. 404 where no secret of the app is set.",
            {_JSON: _ref("WhatsAppNotification")},
            "Results",
            [_CONTRACT],
            [{"MetaSignature": []}],
            404,
        ),
        "get": _bare(
            "read_whatsapp_challenge",
            "Meta's first question",
            "Who knows the token that is set here gets its challenge back.",
            [_query(f"hub.{name}") for name in ("mode", "verify_token", "challenge")],
            {
                "200": {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}},
                **_problems(403, 404, 500, 503),
            },
        ),
    }


def _twilio() -> dict[str, Any]:
    return {
        "post": _post(
            "create_twilio_callback",
            "A status callback or an incoming message of Twilio.",
            "The address is signed, too, with all of its query. 404 where no token is set, or for an unknown contract.",
            {_FORM: _ref("TwilioCallback")},
            "Result",
            [_CONTRACT, _query("id", "The id under which the send was held.")],
            [{"TwilioSignature": []}],
            404,
        )
    }


def schemas() -> dict[str, Any]:
    """Component schemas by name."""
    _, components = msgspec.json.schema_components(_TYPES, ref_template=_REFS)
    return {**components, "TwilioCallback": _TWILIO}


def _post(
    name: str,
    summary: str,
    description: str,
    bodies: dict[str, dict[str, Any]],
    answer: str,
    parameters: list[dict[str, Any]],
    security: list[dict[str, list[str]]],
    *problems: int,
) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["inbound"],
        "summary": summary,
        "description": description,
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": schema} for kind, schema in bodies.items()},
        },
        "responses": {
            "200": {"description": "OK", "content": {_JSON: {"schema": _ref(answer)}}},
            **_problems(400, 401, 403, 413, 415, 500, 503, *problems),
        },
        "security": security,
    }


def _bare(
    name: str,
    summary: str,
    description: str,
    parameters: list[dict[str, Any]],
    responses: dict[str, Any],
) -> dict[str, Any]:
    """One that needs no key."""
    return {
        "operationId": name,
        "tags": ["inbound"],
        "summary": summary,
        "description": description,
        "parameters": parameters,
        "responses": responses,
        "security": [],
    }


def _problems(*statuses: int) -> dict[str, Any]:
    return {
        str(status): {
            "description": TITLES[HTTPStatus(status)],
            "content": {MEDIA_TYPE: {"schema": _ref("Problem")}},
        }
        for status in sorted(statuses)
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REFS.format(name=name)}


def _query(name: str, description: str = "") -> dict[str, Any]:
    found = {"name": name, "in": "query", "required": False, "schema": {"type": "string", "maxLength": 200}}
    return {**found, "description": description} if description else found


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string", "maxLength": 200}}


_CONTRACT = _query("contract", "`ctr_…`: needed where neither key nor body names one.")
