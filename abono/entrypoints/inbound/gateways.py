"""Webhooks of payment gateways: verified and kept as they came; a job then asks the gateway itself."""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from abono.domain.payments import actions as payments
from abono.domain.payments.ports.port import LONGEST_EVENT_ID, PATH, BadSignature
from abono.domain.payments.registry import UnknownGateway, gateway
from abono.kernel.errors import _
from abono.platform import clock
from abono.platform.postgres import scope
from abono.platform.postgres.scope import Crossing
from abono.platform.running import logs
from abono.platform.web import problems
from abono.platform.web.problems import Problem

MAX_BODY = 64 * 1024

_log = logging.getLogger("abono.inbound")


@csrf_exempt  # another company's server: its signature takes the token's place
def receive(request: HttpRequest, name: str, secret: str = "") -> HttpResponse:
    """Take the news of one gateway; it may come twice, late and in any order (PAY-7). What stands behind its name is the
    gateway's to read: payment services of Pix have a secret there.

    204 as soon as it is kept, also what is signed and cannot be understood; else a problem: 401 for a wrong signature, 400
    for an id that cannot be kept, 404 for no such gateway, 413 beyond 64 kB.
    """
    try:
        if request.method != "POST":
            raise problems.wrong_method("POST")
        _take(request, name, secret)
    except Exception as error:
        return problems.answer(error, f"{request.method} {logs.route(request)}", log=_log)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@csrf_exempt
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """There is no such door, said as to a program."""
    return problems.response(problems.not_found())


def _take(request: HttpRequest, name: str, secret: str) -> None:
    """Raises Problem."""
    now = clock.now()
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise problems.too_large(MAX_BODY)
    try:
        news = gateway(name).parse_webhook({**request.headers, PATH: secret}, body, now)
    except UnknownGateway:
        raise problems.not_found() from None
    except BadSignature:
        raise problems.bad_signature() from None
    if any(not 0 < len(event.id) <= LONGEST_EVENT_ID or not event.id.isprintable() for event in news):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "malformed",
            _("The id of a message has 1 to {most} letters that can be seen."),
            facts={"most": LONGEST_EVENT_ID},
        )
    with scope.crossing(Crossing.PROVIDER):
        payments.keep_news(gateway=name, news=news, body=body.decode(), real=now)
