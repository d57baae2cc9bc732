"""Usage in formats of others: CloudEvents 1.0 and the webhooks of Zenvia. Every event may come twice."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from abono.domain.contracts.errors import NoSuchContract
from abono.domain.identity.queries import Key
from abono.entrypoints.inbound import cloudevents, keys, zenvia
from abono.entrypoints.inbound.problems import problem
from abono.flows.usage.report import ContactFact, Fact, take_usage

MAX_BODY = 4 * 1024 * 1024
AHEAD = timedelta(minutes=5)  # clocks of others may run a little fast; the future is refused


@csrf_exempt  # a program: its key takes the token's place
@require_POST
def take_cloudevents(request: HttpRequest) -> HttpResponse:
    """Take one CloudEvent or a batch; answer each event by itself, in order.

    200 {results: [{id, result, detail?}]}; 400 when the body as a whole cannot be read, 401 without a
    usable key, 413 beyond 4 MB, 415 for another content type.
    """
    key = _caller(request)
    if isinstance(key, HttpResponse):
        return key
    if request.content_type not in (cloudevents.BATCH, cloudevents.SINGLE):
        return problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            gettext("Send the body as {expected}.").format(
                expected=f"{cloudevents.BATCH}, {cloudevents.SINGLE}"
            ),
        )
    clocks, contracts = keys.Clocks(), keys.Contracts(key)
    try:
        raws = cloudevents.split(request.body, request.content_type)
    except cloudevents.Unreadable as error:
        return problem(HTTPStatus.BAD_REQUEST, "malformed", str(error))
    results: list[dict[str, str]] = [{"id": cloudevents.name(raw)} for raw in raws]
    facts: list[tuple[int, Fact]] = []
    for n, raw in enumerate(raws):
        try:
            fact = cloudevents.read(raw, resolve=contracts, now=clocks)
        except cloudevents.Unreadable as error:
            results[n] |= {"result": "malformed", "detail": str(error)}
        except NoSuchContract:
            results[n] |= {"result": "no_contract"}
        else:
            if isinstance(fact, ContactFact) and fact.at > clocks(fact.contract_id) + AHEAD:
                results[n] |= {"result": "malformed", "detail": gettext("The event lies in the future.")}
            else:
                facts.append((n, fact))
    answers = take_usage([fact for _n, fact in facts], clock=clocks)
    for (n, _fact), answer in zip(facts, answers, strict=True):
        results[n]["result"] = answer
    return JsonResponse({"results": results})


@csrf_exempt  # a program: its key takes the token's place
@require_POST
def take_zenvia(request: HttpRequest) -> HttpResponse:
    """Take one webhook event of Zenvia. 200 {result}: also for events that say nothing that is counted,
    so that the vendor does not send them again.

    The key is the customer's; the seller's own key names the contract in the query, `?contract=ctr_…`.
    400 for what is no such event, 401 without a usable key, 404 for an unknown contract, 413 beyond 4 MB.
    """
    key = _caller(request)
    if isinstance(key, HttpResponse):
        return key
    clocks = keys.Clocks()
    try:
        contract_id = keys.contract_for(key, request.GET.get("contract"))
        now = clocks(contract_id)
        fact = zenvia.read(request.body, contract_id=contract_id, now=now)
    except NoSuchContract as error:
        return problem(HTTPStatus.NOT_FOUND, error.code, gettext(error.message))
    except zenvia.Unreadable as error:
        return problem(HTTPStatus.BAD_REQUEST, "malformed", str(error))
    if fact is None:
        return JsonResponse({"result": "ignored"})
    if isinstance(fact, ContactFact) and fact.at > now + AHEAD:
        return problem(HTTPStatus.BAD_REQUEST, "malformed", gettext("The event lies in the future."))
    return JsonResponse({"result": take_usage([fact], clock=clocks)[0]})


def _caller(request: HttpRequest) -> Key | HttpResponse:
    """What can be said before the body is read: who asks, and how much they send."""
    key = keys.caller(request)
    if key is None:
        answer = problem(
            HTTPStatus.UNAUTHORIZED,
            "no_usable_key",
            gettext(
                "Send an API key in “Authorization: Bearer …”. It is unknown, was revoked or has expired."
            ),
        )
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    length = request.headers.get("Content-Length") or "0"
    if length.isdigit() and len(length) < 12 and int(length) <= MAX_BODY:
        return key
    return problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        gettext("A body has at most {limit_bytes} bytes. Send it in several requests.").format(
            limit_bytes=MAX_BODY
        ),
    )
