"""Usage in formats of others: CloudEvents, Zenvia, WhatsApp Cloud API, Twilio. Every event may come twice.

All of them end in the same facts and are answered in the same words as `/v1` (`wire.Result`).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial, wraps
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from msgspec.structs import replace

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.identity.keys import Key
from abono.entrypoints.inbound import cloudevents, counts, signatures, twilio, whatsapp, zenvia
from abono.entrypoints.inbound.reading import Unreadable
from abono.entrypoints.meter.protocol import reading, wire
from abono.flows.usage.facts import Contact, Told
from abono.flows.usage.report import report
from abono.flows.usage.said import Said, Word
from abono.kernel.errors import _
from abono.platform import clock
from abono.platform.running import logs
from abono.platform.web import problems
from abono.platform.web.problems import Problem

type Fact = Told | Contact
type Answer = HttpResponse | wire.Results | wire.Result
type Read = Callable[[], Fact | None]  # raises Unreadable

_log = logging.getLogger("abono.inbound")


def door(*methods: str) -> Callable[[Callable[[HttpRequest, datetime], Answer]], Callable[..., HttpResponse]]:
    """Answer a program that has a key or a signature; what goes wrong, as a problem (API-3)."""

    def made(view: Callable[[HttpRequest, datetime], Answer]) -> Callable[..., HttpResponse]:
        @csrf_exempt  # a program: its key or signature takes the token's place
        @wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            now = clock.now()
            try:
                if request.method not in methods:
                    raise problems.wrong_method(", ".join(methods))
                found = view(request, now)
            except Exception as error:
                what = f"{request.method} {logs.route(request)}"
                problem = problems.found_in(error) or problems.broken(problems.incident(what, log=_log))
                counts.refused(problem.code, now)
                return problems.response(problem)
            if isinstance(found, HttpResponse):
                return found
            return HttpResponse(wire.encode_answer(found), content_type="application/json")

        return answer

    return made


@door("POST", "OPTIONS")
def take_cloudevents(request: HttpRequest, now: datetime) -> Answer:
    """Take one CloudEvent, in the body or in headers, or a batch; answer each event by itself, in order.

    200 {results: […]}, each as at /v1/holds; 400 when the body as a whole cannot be read, 401 without a usable key, 413
    beyond 4 MB, 415 for another content type. OPTIONS is the handshake of the specification's webhooks.
    """
    if request.method == "OPTIONS":
        return _handshake(request)
    key = signatures.caller(request, now)
    whole = request.content_type in (cloudevents.BATCH, cloudevents.SINGLE)
    binary = not whole and cloudevents.is_binary(request.headers)
    if binary and request.content_type not in (cloudevents.JSON, "", None):
        raise problems.wrong_content_type(cloudevents.JSON)
    if not (whole or binary):
        raise problems.wrong_content_type(f"{cloudevents.BATCH}, {cloudevents.SINGLE}")
    try:
        if binary:
            events = [cloudevents.from_headers(request.headers, request.body)]
        else:
            events = cloudevents.split(request.body, request.content_type or "")
    except Unreadable as error:
        raise _malformed(error) from None
    contract = _served(key)
    return _each(
        ((cloudevents.name(one), partial(cloudevents.read, one, contract=contract)) for one in events),
        customer_id=key.customer_id,
        now=now,
    )


@door("POST")
def take_zenvia(request: HttpRequest, now: datetime) -> Answer:
    """Take one webhook event of Zenvia. 200 with one `wire.Result`: also for events that say nothing that is counted,
    so that the vendor does not send them again.

    The key is the customer's; the seller's own key names the contract in the query, `?contract=ctr_…`.
    400 for what is no such event, 401 without a usable key, 404 for an unknown contract, 413 beyond 4 MB.
    """
    key = signatures.caller(request, now)
    contract = request.GET.get("contract") or _served(key)
    return _one(partial(zenvia.read, request.body, contract=contract), customer_id=key.customer_id, now=now)


@door("GET", "POST")
def take_whatsapp(request: HttpRequest, now: datetime) -> Answer:
    """Take a notification of the WhatsApp Cloud API, signed with the secret of the seller's app, or its first question.

    The contract stands in the query, `?contract=ctr_…`, or in the `biz_opaque_callback_data` of a message.
    200 {results: […]}; 400 for what is no notification, 401 for a wrong signature, 404 where no secret is set.
    """
    if request.method == "GET":
        return _challenged(request)
    signatures.meta(
        request.body, request.headers.get("X-Hub-Signature-256", ""), settings.WHATSAPP_APP_SECRET
    )
    try:
        found = whatsapp.split(request.body)
    except Unreadable as error:
        raise _malformed(error) from None
    contract = request.GET.get("contract", "")
    return _each(
        (
            (whatsapp.name(one), partial(whatsapp.read, kind, one, number, contract=contract))
            for kind, one, number in found
        ),
        customer_id=None,
        now=now,
    )


@door("POST")
def take_twilio(request: HttpRequest, now: datetime) -> Answer:
    """Take a status callback or an incoming message of Twilio, signed with the token of the seller's account.

    The contract stands in the query, `?contract=ctr_…`, and may be followed by the id under which the send was held,
    `&id=…`: the address is signed, too. 200 with one `wire.Result`; 400, 401, 404 as above, 415 for what is no form.
    """
    if request.content_type != twilio.FORM:
        raise problems.wrong_content_type(twilio.FORM)
    signatures.twilio(
        f"{settings.PUBLIC_URL}{request.get_full_path()}",
        dict(request.POST.lists()),
        request.headers.get("X-Twilio-Signature", ""),
        settings.TWILIO_AUTH_TOKEN,
    )
    told, contract, held_as = (
        request.POST.dict(),
        request.GET.get("contract", ""),
        request.GET.get("id", ""),
    )
    return _one(
        partial(twilio.read, told, contract=contract, held_as=held_as.replace("\0", "")),
        customer_id=None,
        now=now,
    )


def _each(
    events: Iterable[tuple[str | None, Read]], *, customer_id: UUID | None, now: datetime
) -> wire.Results:
    """Read each by itself, book those that can be read, and answer all in their order."""
    names: list[str | None] = []
    malformed: wire.Malformed = {}
    facts: dict[int, Fact] = {}
    for n, (name, read) in enumerate(events):
        names.append(name)
        try:
            fact = read()
        except Unreadable as error:
            malformed[n] = wire.malformed(name, error.where, str(error))
            continue
        if fact is None:
            malformed[n] = wire.result(Said(name, Word.IGNORED))
        else:
            facts[n] = fact
    said = report(list(facts.values()), customer_id=customer_id, now=now)
    told = [wire.result(replace(one, id=names[n])) for n, one in zip(facts, said, strict=True)]
    results = reading.whole(told, malformed)
    counts.answered(((facts.get(n), one) for n, one in enumerate(results)), now)
    return wire.Results(results)


def _one(read: Read, *, customer_id: UUID | None, now: datetime) -> wire.Result:
    """Raises Problem (400) for what cannot be read, NoSuchContract."""
    try:
        fact = read()
    except Unreadable as error:
        raise _malformed(error) from None
    if fact is None:
        return wire.result(Said(None, Word.IGNORED))
    [said] = report([fact], customer_id=customer_id, now=now)
    if said.word is Word.NO_CONTRACT:
        raise NoSuchContract()
    if isinstance(fact, Contact):
        said = replace(
            said, id=fact.id.partition(":")[2]
        )  # its sender's own, without the name that we put before it
    result = wire.result(said)
    counts.answered([(fact, result)], now)
    return result


def _served(key: Key) -> str:
    """The contract of whoever names none: the one that is served, else the newest, since what had left before it ended is
    still told of. Empty for the seller and without one."""
    if key.customer_id is None:
        return ""
    served = contracts.served(key.customer_id)
    found = served or next(iter(contracts.list_for_customer(key.customer_id)), None)
    return "" if found is None else found.public_id


def _handshake(request: HttpRequest) -> HttpResponse:
    """Whoever asks may send here, as fast as they like; each event needs a key."""
    answer = HttpResponse(headers={"Allow": "POST, OPTIONS"})
    if origin := request.headers.get("WebHook-Request-Origin"):
        answer.headers["WebHook-Allowed-Origin"] = origin
        answer.headers["WebHook-Allowed-Rate"] = "*"
    return answer


def _challenged(request: HttpRequest) -> HttpResponse:
    """The first question of Meta: who knows the token that was set here gets its challenge back. Raises Problem (403, 404)."""
    if not settings.WHATSAPP_VERIFY_TOKEN:
        raise problems.not_found()
    token = request.GET.get("hub.verify_token", "")
    if request.GET.get("hub.mode") != "subscribe" or not hmac.compare_digest(
        token.encode(), settings.WHATSAPP_VERIFY_TOKEN.encode()
    ):
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_token", _("This is not the token that is set here."))
    return HttpResponse(request.GET.get("hub.challenge", ""), content_type="text/plain; charset=utf-8")


def _malformed(error: Unreadable) -> Problem:
    why = str(error)
    return Problem(
        HTTPStatus.BAD_REQUEST,
        Word.MALFORMED,
        why.replace("{", "{{").replace("}", "}}"),
        facts={"where": error.where},
    )
