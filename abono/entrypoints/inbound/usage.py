"""Usage in formats of others: CloudEvents 1.0 and the webhooks of Zenvia. Every event may come twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from msgspec.structs import replace

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.identity import keys
from abono.domain.identity.keys import METER, Key
from abono.entrypoints.inbound import cloudevents, zenvia
from abono.entrypoints.meter.protocol import reading, wire
from abono.flows.usage.facts import Contact, Ended
from abono.flows.usage.report import report
from abono.flows.usage.said import Said, Word
from abono.kernel.errors import _
from abono.platform import clock, problems
from abono.platform.problems import Problem

type View = Callable[[HttpRequest, Key, datetime], wire.Results | wire.Result]

_log = logging.getLogger("abono.inbound")


def door(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Let a program in with its key, and answer what goes wrong as a problem (API-3)."""

    @csrf_exempt  # a program: its key takes the token's place
    @require_POST
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        now = clock.now()
        try:
            answer = wire.encode_answer(view(request, caller(request, now), now))
            return HttpResponse(answer, content_type="application/json")
        except Exception as error:
            return problems.answer(error, f"{request.method} {request.path}", log=_log)

    return answer


def caller(request: HttpRequest, now: datetime) -> Key:
    """The key in `Authorization: Bearer …` or `X-API-Key`, if it is usable and may meter (ACC-4). Raises Problem (401)."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        text = request.headers.get("X-API-Key", "")
    key = keys.used(text.strip(), now=now) if text else None
    if key is None or not key.may(METER):
        raise problems.no_key()
    return key


@door
def take_cloudevents(request: HttpRequest, key: Key, now: datetime) -> wire.Results | wire.Result:
    """Take one CloudEvent or a batch; answer each event by itself, in order.

    200 {results: […]}, each as at /v1/holds (`wire.Result`); 400 when the body as a whole cannot be read, 401 without a
    usable key, 413 beyond 4 MB, 415 for another content type.
    """
    if request.content_type not in (cloudevents.BATCH, cloudevents.SINGLE):
        raise problems.wrong_content_type(f"{cloudevents.BATCH}, {cloudevents.SINGLE}")
    try:
        raws = cloudevents.split(request.body, request.content_type)
    except cloudevents.Unreadable as error:
        raise _malformed(str(error)) from None
    contract = _served(key)
    names = [cloudevents.name(raw) for raw in raws]
    malformed: wire.Malformed = {}
    facts: dict[int, Ended | Contact] = {}
    for n, raw in enumerate(raws):
        try:
            facts[n] = cloudevents.read(raw, contract=contract)
        except cloudevents.Unreadable as error:
            malformed[n] = wire.malformed(names[n], "$", str(error))
    said = report(list(facts.values()), customer_id=key.customer_id, now=now)
    told = [wire.result(replace(one, id=names[n])) for n, one in zip(facts, said, strict=True)]
    return wire.Results(reading.whole(told, malformed))


@door
def take_zenvia(request: HttpRequest, key: Key, now: datetime) -> wire.Results | wire.Result:
    """Take one webhook event of Zenvia. 200 with one `wire.Result`: also for events that say nothing that is counted,
    so that the vendor does not send them again.

    The key is the customer's; the seller's own key names the contract in the query, `?contract=ctr_…`.
    400 for what is no such event, 401 without a usable key, 404 for an unknown contract, 413 beyond 4 MB.
    """
    try:
        fact = zenvia.read(request.body, contract=request.GET.get("contract") or _served(key))
    except zenvia.Unreadable as error:
        raise _malformed(str(error)) from None
    if fact is None:
        return wire.result(Said(None, Word.IGNORED))
    [said] = report([fact], customer_id=key.customer_id, now=now)
    if said.word is Word.NO_CONTRACT:
        raise NoSuchContract()
    if said.word is Word.IN_THE_FUTURE:
        raise _malformed(_("The event lies in the future."))
    return wire.result(said)


def _served(key: Key) -> str:
    """The contract of whoever names none: the only one that a customer has. Empty for the seller and without one."""
    found = None if key.customer_id is None else contracts.served(key.customer_id)
    return "" if found is None else found.public_id


def _malformed(why: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "malformed", why.replace("{", "{{").replace("}", "}}"))
