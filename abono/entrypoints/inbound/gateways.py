"""Webhooks of payment gateways: verified and kept as they came; a job then asks the gateway itself."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from abono.domain.payments import actions as payments
from abono.domain.payments.port import LONGEST_EVENT_ID, BadSignature
from abono.domain.payments.registry import UnknownGateway, gateway
from abono.platform import clock

MAX_BODY = 64 * 1024


@csrf_exempt  # another company's server: its signature takes the token's place
@require_POST
def receive(request: HttpRequest, name: str) -> HttpResponse:
    """Take the news of one gateway; it may come twice, late and in any order (PAY-7).

    204 as soon as it is kept, also what is signed and cannot be understood; 400 for a wrong signature or an id that
    cannot be kept, 404 for no such gateway, 413 beyond 64 kB.
    """
    now = clock.now()
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        news = gateway(name).parse_webhook(request.headers, body, now)
    except UnknownGateway:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    except BadSignature:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    if any(not 0 < len(event.id) <= LONGEST_EVENT_ID or not event.id.isprintable() for event in news):
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    payments.keep_news(gateway=name, news=news, body=body.decode(), real=now)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
