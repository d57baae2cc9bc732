"""A platform that tells of what it sent, as CloudEvents or as Zenvia does.

The Zenvia bodies are made here after the vendor's public OpenAPI description (zenvia/zenvia-openapi-spec,
MIT): schemas events/message-event, events/message-status-event and message/base.
"""

from __future__ import annotations

import json

from django.test import Client

from abono.domain.identity import actions as identity
from abono.domain.metering import queries as metering
from abono.platform import clock

BATCH = "application/cloudevents-batch+json"


def key_of(customer_id, scopes=("meter",)):
    _id, text = identity.issue_key(
        name="platform", customer_id=customer_id, scopes=scopes, expires_at=None, actor="ana", now=clock.now()
    )
    return text


def post(path, body, key, content_type="application/json"):
    return Client().post(
        f"/inbound/{path}/",
        body if isinstance(body, (bytes, str)) else json.dumps(body),
        content_type=content_type,
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )


def balance(padaria):
    return metering.balance(contract_id=padaria.contract_id, at=clock.now())


def cloud_event(kind, data, id="e1", **more):
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/platform",
        "type": f"abono.{kind}",
        "data": data,
        **more,
    }


def status(code, message="m-1", **more):
    return {
        "id": f"evt-{code}",
        "timestamp": clock.now().isoformat(),
        "type": "MESSAGE_STATUS",
        "subscriptionId": "s-1",
        "channel": "whatsapp",
        "message": {
            "id": message,
            "direction": "OUT",
            "from": "5511888887777",
            "to": "5511999998888",
            **more,
        },
        "messageStatus": {"code": code, "timestamp": clock.now().isoformat()},
    }


def message_in(id="m-9", **more):
    return {
        "id": "evt-9",
        "timestamp": clock.now().isoformat(),
        "type": "MESSAGE",
        "subscriptionId": "s-1",
        "channel": "whatsapp",
        "direction": "IN",
        "message": {
            "id": id,
            "from": "5511999998888",
            "to": "5511888887777",
            "direction": "IN",
            "channel": "whatsapp",
            "contents": [{"type": "text", "text": "Olá"}],
            "timestamp": clock.now().isoformat(),
            **more,
        },
    }


def said(result):
    """What became of an event, in the words of every door."""
    return result["code"] if result["status"] == "refused" else result["status"]
