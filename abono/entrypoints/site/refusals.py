"""How a refusal of a use case reaches a person: one sentence, what to check, and the right status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from abono.domain.catalog.refusals import said
from abono.domain.invoicing.errors import InvoiceOverdue
from abono.domain.payments.errors import CardDeclined, NoCard
from abono.entrypoints.site.design.cards import card_help, retry_advice
from abono.entrypoints.site.design.words import source
from abono.entrypoints.site.visit import Visitor
from abono.kernel.errors import Kind, Refusal
from abono.platform.web.problems import STATUS


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as `_refusal.html` shows it, on the page where it happened.

    help        what to check of a declined card, the likely reason first (WAL-6)
    advice      whether the same card may be tried again
    about_card  another card would help: the page offers the wallet
    overdue     public id of the invoice that must be paid first: the page leads there
    """

    sentence: str
    status: HTTPStatus
    help: tuple[str, ...] = ()
    advice: str = ""
    about_card: bool = False
    overdue: str = ""


def refused(refusal: Refusal) -> Refused:
    """Put a refusal in the reader's words. What is not theirs to see raises Http404 (ACC-2)."""
    if refusal.kind is Kind.NOT_FOUND:
        raise Http404(refusal.code) from refusal
    facts = refusal.facts
    if "gateway" in facts:
        facts["gateway"] = source(str(facts["gateway"]))
    declined = isinstance(refusal, CardDeclined)
    return Refused(
        sentence=said(type(refusal), facts, get_language() or "en"),
        status=STATUS[refusal.kind],
        help=tuple(card_help(refusal.hint)) if isinstance(refusal, CardDeclined) else (),
        advice=retry_advice(refusal.retry, refusal.hint) if isinstance(refusal, CardDeclined) else "",
        about_card=declined or isinstance(refusal, NoCard),
        overdue=refusal.invoice if isinstance(refusal, InvoiceOverdue) else "",
    )


def answered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view raise refusals: those that it does not show itself become a page of their own."""

    @wraps(view)
    def answer(request: Visitor, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            no = refused(refusal)
        return render(request, "site/frame/refused.html", {"refusal": no}, status=no.status)

    return answer
