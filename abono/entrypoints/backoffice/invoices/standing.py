"""How an invoice stands beside its lines: payments without a gateway, write-offs, disputes, refunds that failed (INV-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.customers import queries as customers
from abono.domain.invoicing import standing
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import disputes, receipts, refunds
from abono.domain.payments.errors import NoNewDate, NoProof, NoSuchDispute
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import UNPAID, DisputeState, RequestState, Way
from abono.domain.payments.types import DisputeInfo, ReceiptInfo, RefundInfo
from abono.domain.withholding import queries as withholding
from abono.entrypoints.backoffice.invoices.standing_forms import Answer, Dispute, PaidOut, Record, Why
from abono.entrypoints.backoffice.invoices.views import issued
from abono.entrypoints.site import flash
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.acts import RECEIPT
from abono.flows.approvals.ask import ask_write_off
from abono.flows.approvals.ask_receipt import ask_receipt
from abono.flows.endings.dispute import end_dispute
from abono.flows.refunds import failed
from abono.flows.requests.new_date import give_new_date, new_date_for
from abono.flows.standing.dispute import answer_dispute, is_contestable, open_dispute
from abono.flows.standing.record import TAKES, record_payment, withdraw_payment, withdrawable
from abono.flows.standing.record import needs_second as needs_second_to_record
from abono.flows.standing.write_off import needs_second, reopen, write_off
from abono.kernel.due import Means
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, public, uuid7
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import clock


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: SellersVisitor, invoice_id: str) -> HttpResponse:
    """GET: what came and what is contested, with what can be done. POST: one act, named by `act`, with its reason."""
    found = issued(invoice_id)
    if request.method != "POST":
        return _show(request, found)
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404(request.POST.get("act", ""))
    of, form = _named(request, found), act.form(request, found)
    if not form.is_valid():
        return _show(request, found, wrong={form.prefix or "": form})
    try:
        act.do(form, found, request.staff.actor, _moment(found), of)
    except SecondPersonNeeded:
        return _ask_somebody(request, found, form)
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
    else:
        flash.done(request, str(act.done()))
    return redirect("backoffice:invoice-standing", invoice_id)


def _ask_somebody(request: SellersVisitor, found: InvoiceDetail, form: forms.Form) -> HttpResponse:
    """So much that somebody else has to agree: the same is asked of them."""
    said: dict[str, Any] = {"invoice_id": found.id, "actor": request.staff.actor, "now": clock.now()}
    if isinstance(form, Record):
        try:
            asked = ask_receipt(came=form.came, receipt_id=form.cleaned_data["receipt"], **said)
        except NoProof as no:
            form.add_error("why", refused(no).sentence)
            return _show(request, found, wrong={"came": form})
        flash.done(request, _("A second person is asked. The payment is recorded when they agree."))
    else:
        asked = ask_write_off(dispute=found.state is State.DISPUTED, why=_why(form), **said)
        flash.done(request, _("A second person is asked. It is written off when they agree."))
    return redirect("backoffice:approval", asked.public_id)


@dataclass(frozen=True, slots=True)
class _Act:
    """One thing that can be done: what is said of it, how it is done, and the sentence when it was."""

    form: Callable[[SellersVisitor, InvoiceDetail], forms.Form]
    do: Callable[[forms.Form, InvoiceDetail, str, Moment, UUID], object]
    done: Callable[[], str]


def _record_form(request: SellersVisitor | None, found: InvoiceDetail, today: date | None = None) -> Record:
    return Record(
        None if request is None else request.POST,
        currency=found.currency,
        language=get_language() or "en",
        initial={"receipt": uuid7(), "received_date": today},
    )


def _dispute_form(request: SellersVisitor | None, found: InvoiceDetail) -> Dispute:
    return Dispute(
        None if request is None else request.POST,
        prefix="dispute",
        currency=found.currency,
        language=get_language() or "en",
        paid=found.state is State.PAID,
    )


def _of_refund(request: SellersVisitor, _found: InvoiceDetail) -> PaidOut:
    return PaidOut(request.POST, prefix=request.POST.get("of", ""))


def _of_one(request: SellersVisitor, _found: InvoiceDetail) -> Why:
    """The reason beside the thing that `of` names, or of the whole invoice."""
    return Why(request.POST, prefix=request.POST.get("of", ""))


def _no_words(request: SellersVisitor, _found: InvoiceDetail) -> forms.Form:
    return forms.Form(request.POST)


def _slip(asked: Iterable[RequestInfo]) -> RequestInfo | None:
    """The slip that can be paid, among all that was asked for."""
    return next((one for one in asked if one.payable and one.means is Means.SLIP and not one.replaced), None)


def _late_slip(found: InvoiceDetail) -> UUID:
    slip = _slip(requests.open_of([found.id]))
    if slip is None:
        raise NoNewDate()
    return slip.id


def _why(form: forms.Form) -> str:
    return str(form.cleaned_data["why"])


def _record(form: forms.Form, found: InvoiceDetail, actor: str, moment: Moment, _of: UUID) -> None:
    assert isinstance(form, Record)
    record_payment(
        invoice_id=found.id,
        came=form.came,
        receipt_id=form.cleaned_data["receipt"],
        actor=actor,
        now=moment.now,
    )


def _dispute(form: forms.Form, found: InvoiceDetail, actor: str, moment: Moment, _of: UUID) -> None:
    assert isinstance(form, Dispute)
    open_dispute(
        invoice_id=found.id,
        why=_why(form),
        amount_minor=form.amount_minor,
        actor=actor,
        now=moment.now,
    )


def _answer(form: forms.Form, found: InvoiceDetail, actor: str, moment: Moment, _of: UUID) -> None:
    contested = _contested(found)
    if contested is None:
        raise NoSuchDispute()
    answer_dispute(dispute_id=contested.id, actor=actor, now=moment.now, **form.cleaned_data)


def _pay_out(form: forms.Form, _found: InvoiceDetail, actor: str, moment: Moment, of: UUID) -> None:
    said = form.cleaned_data
    failed.pay_out(
        refund_id=of,
        way=Way(said["way"]),
        reference=said["reference"],
        why=said["why"],
        actor=actor,
        now=moment.now,
    )


_ACTS: Mapping[str, _Act] = {
    "record": _Act(_record_form, _record, lambda: _("The payment is recorded, and the customer is told.")),
    "withdraw": _Act(
        _of_one,
        lambda form, _found, actor, moment, of: withdraw_payment(
            receipt_id=of, why=_why(form), actor=actor, now=moment.now
        ),
        lambda: _("The payment is taken back, and stays in the list. The customer is told."),
    ),
    "bounce": _Act(
        _of_one,
        lambda form, _found, actor, moment, of: withdraw_payment(
            receipt_id=of, why=_why(form), bounced=True, actor=actor, now=moment.now
        ),
        lambda: _("The payment is taken back, and stays in the list. The customer is told."),
    ),
    "write_off": _Act(
        _of_one,
        lambda form, found, actor, moment, _of: write_off(
            invoice_id=found.id, why=_why(form), actor=actor, now=moment.now
        ),
        lambda: _("It is written off: nobody is asked for it any more."),
    ),
    "reopen": _Act(
        _of_one,
        lambda form, found, actor, moment, _of: reopen(
            invoice_id=found.id, why=_why(form), actor=actor, now=moment.now
        ),
        lambda: _("It is asked for again, and the customer is told. No card is charged for it by itself."),
    ),
    "new_date": _Act(
        _of_one,
        lambda form, found, actor, moment, _of: give_new_date(
            request_id=_late_slip(found),
            customer_id=found.customer_id,
            by="seller",
            why=_why(form),
            actor=actor,
            moment=moment,
        ),
        lambda: _("The slip has a new due date. The customer is told once the new one can be paid."),
    ),
    "dispute": _Act(
        _dispute_form,
        _dispute,
        lambda: _("It is disputed: until that ends, nothing of it is asked for or given back."),
    ),
    "answer": _Act(
        lambda request, _found: Answer(request.POST),
        _answer,
        lambda: _("The evidence is kept with the dispute."),
    ),
    "won": _Act(
        _of_one,
        lambda form, found, actor, moment, _of: end_dispute(
            invoice_id=found.id, won=True, why=_why(form), actor=actor, moment=moment
        ),
        lambda: _("The dispute is won: the invoice stands as before."),
    ),
    "lost": _Act(
        _of_one,
        lambda form, found, actor, moment, _of: end_dispute(
            invoice_id=found.id, won=False, why=_why(form), actor=actor, moment=moment
        ),
        lambda: _("The dispute is lost, and booked."),
    ),
    "again": _Act(
        _no_words,
        lambda _form, _found, actor, moment, of: failed.ask_again(refund_id=of, actor=actor, moment=moment),
        lambda: _("The gateway is asked for it once more."),
    ),
    "pay_out": _Act(_of_refund, _pay_out, lambda: _("It is recorded as paid, and the customer is told.")),
    "credit": _Act(
        _of_refund,
        lambda form, _found, actor, moment, of: failed.keep_as_credit(
            refund_id=of, why=_why(form), actor=actor, now=moment.now
        ),
        lambda: _("It is credit of the contract now, and the customer is told."),
    ),
}

_WHOLE = ("", "write_off", "reopen", "end", "answer", "new_date")  # forms that are of the whole invoice


def _named(request: SellersVisitor, found: InvoiceDetail) -> UUID:
    """The payment or refund of the invoice that `of` names; the invoice where it names what is beside none of them. Raises
    Http404 for another's."""
    text = request.POST.get("of", "")
    if text in _WHOLE:
        return found.id
    key = parse("rcp", text) or parse("ref", text)
    its = {one.id for one in receipts.of_invoice(found.id)}
    its |= {one.id for one in refunds.of_invoices([found.id])}
    if key not in its:
        raise Http404(text)
    return key


def _show(
    request: SellersVisitor, found: InvoiceDetail, wrong: Mapping[str, forms.Form] | None = None
) -> HttpResponse:
    wrong = wrong or {}

    def why(prefix: str) -> forms.Form:
        return wrong.get(prefix) or Why(prefix=prefix)

    now = _moment(found).now
    came, back = receipts.of_invoice(found.id), refunds.of_invoices([found.id])
    withheld = withholding.of_receipts([one.id for one in came if one.withheld])
    asked = requests.of_invoice(found.id)
    slip = _slip(asked)
    new_date = None if slip is None else new_date_for(slip, by="seller", now=now)
    today = local_date(now, found.time_zone)
    rest = Money(0 if found.paid_at else found.rest_minor, found.currency)
    context = {
        "invoice": found,
        "contract": public("ctr", found.contract_id),
        "organization": found.buyer.legal_name,
        "state": found.status_on(today).value,
        "total": Money(found.total_minor, found.currency),
        "second": found.state in (State.PENDING, State.DISPUTED)
        and found.paid_at is None
        and needs_second(found, at=now),
        "rest": rest,
        "second_records": needs_second_to_record(found.id, rest, at=now),
        "moved": standing.last_move(found.id),
        "receipts": [(*_receipt(found, one, why), withheld.get(one.id, ())) for one in came],
        "waiting": approvals.waiting_for(found.id, RECEIPT, customer_id=found.customer_id),
        "not_taken": [one for one in asked if one.state is RequestState.REFUSED],
        "refunds": [_refund(one, wrong, why) for one in back],
        "disputes": disputes.of_invoice(found.id),
        "record": wrong.get("came") or (_record_form(None, found, today) if found.state in TAKES else None),
        "write_off": why("write_off") if found.state is State.PENDING else None,
        "new_date": new_date,
        "move": why("new_date") if new_date is not None else None,
        "reopen": why("reopen") if found.state is State.WRITTEN_OFF else None,
        "dispute": wrong.get("dispute") or (_dispute_form(None, found) if is_contestable(found) else None),
        "answer": wrong.get("answer") or _answer_form(found),
        "goes_back": found.state is State.PAID,
        "end": why("end") if found.state is State.DISPUTED else None,
    }
    return render(request, "backoffice/invoices/standing.html", context, status=422 if wrong else 200)


def _receipt(
    found: InvoiceDetail, one: ReceiptInfo, why: Callable[[str], forms.Form]
) -> tuple[ReceiptInfo, forms.Form | None]:
    can = not one.gateway and one.withdrawn_at is None and withdrawable(found, one)
    return one, why(one.public_id) if can else None


def _refund(
    one: RefundInfo, wrong: Mapping[str, forms.Form], why: Callable[[str], forms.Form]
) -> tuple[RefundInfo, forms.Form | None]:
    if one.state not in UNPAID:
        return one, None
    form = wrong.get(one.public_id)
    return one, form if isinstance(form, PaidOut) else PaidOut(prefix=one.public_id)


def _contested(found: InvoiceDetail) -> DisputeInfo | None:
    """The dispute of its payment that is open."""
    if found.state is not State.DISPUTED or found.paid_at is None:
        return None
    return next((one for one in disputes.of_invoice(found.id) if one.state is DisputeState.OPEN), None)


def _answer_form(found: InvoiceDetail) -> Answer | None:
    one = _contested(found)
    return None if one is None else Answer(initial={"answer_by": one.answer_by, "evidence": one.evidence})


def _moment(found: InvoiceDetail) -> Moment:
    return customers.moment_of(found.customer_id, real=clock.now())
