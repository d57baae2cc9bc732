"""Webhooks of payment gateways: verified, kept as they came, then the gateway itself is asked."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from abono.domain.payments import actions as payments
from abono.domain.payments.port import BadSignature
from abono.domain.payments.registry import UnknownGateway, gateway
from abono.flows.collecting.chase import on_gateway_event
from abono.platform import clock

MAX_BODY = 64 * 1024


@csrf_exempt  # another company's server: its signature takes the token's place
@require_POST
def receive(request: HttpRequest, name: str) -> HttpResponse:
    """Take the news of one gateway; it may come twice, late and in any order (PAY-7).

    204 when it is kept and acted on, 400 for a wrong signature, 404 for no such gateway, 413 beyond
    64 kB. An event that came before is acted on again: the first time may have been cut short.
    """
    now = clock.now()
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        events = gateway(name).parse_webhook(request.headers, body, now)
    except UnknownGateway:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    except BadSignature:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    for event in events:
        payments.receive_gateway_event(
            gateway=name,
            event_id=event.id,
            kind=event.kind,
            key=event.key or "",
            body=body.decode(),
            now=now,
        )
        if event.key:
            on_gateway_event(key=event.key, real=now)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
