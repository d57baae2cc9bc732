"""The journal of money as the seller sees it: what each account says, and every entry behind it (PAY-13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import line_label
from abono.domain.invoicing.states import LineKind
from abono.domain.journal import queries
from abono.domain.journal.types import Account, EntryDetail, Fact, Posting, Which
from abono.entrypoints.site import errors
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.design.words import Text, source
from abono.entrypoints.site.files import makes_file
from abono.kernel.ids import parse, public
from abono.kernel.money import Money
from abono.platform import clock

PER_PAGE = 50
ACCOUNTS: dict[Account, Text] = {
    Account.RECEIVABLE: gettext_lazy("Receivable from customers"),
    Account.CLEARING: gettext_lazy("Clearing of a gateway or way of payment"),
    Account.BANK: gettext_lazy("In accounts of yours"),
    Account.FEES: gettext_lazy("Fees of a gateway"),
    Account.WITHHELD: gettext_lazy("Taxes withheld by customers"),
    Account.DISPUTED: gettext_lazy("Disputed payments"),
    Account.CREDIT: gettext_lazy("Credit of customers"),
    Account.REFUNDS: gettext_lazy("To go back to customers"),
    Account.UNMATCHED: gettext_lazy("Unmatched money"),
    Account.REVENUE: gettext_lazy("Revenue"),
    Account.CHARGEBACKS: gettext_lazy("Chargebacks"),
    Account.LOSSES: gettext_lazy("Written off"),
}
FACTS: dict[Fact, Text] = {
    Fact.INVOICE_ISSUED: gettext_lazy("An invoice was issued"),
    Fact.INVOICE_CANCELLED: gettext_lazy("An invoice was cancelled"),
    Fact.CREDIT_NOTE_ISSUED: gettext_lazy("A credit note was issued"),
    Fact.CREDIT_GRANTED: gettext_lazy("Credit was granted by a credit note"),
    Fact.CREDIT_USED: gettext_lazy("Credit paid of an invoice"),
    Fact.CREDIT_RETURNED: gettext_lazy("Credit came back: what it paid of is not owed"),
    Fact.CREDIT_REFUNDED: gettext_lazy("Credit is to go back to who paid it"),
    Fact.CREDIT_OVERPAID: gettext_lazy("More came than was asked for, and became credit"),
    Fact.CREDIT_RECALLED: gettext_lazy("Credit of a payment that was taken back"),
    Fact.CREDIT_RESTORED: gettext_lazy("A refund that failed is credit again"),
    Fact.PAYMENT_RECORDED: gettext_lazy("A payment without a card was recorded"),
    Fact.PAYMENT_WITHDRAWN: gettext_lazy("A recorded payment was taken back"),
    Fact.PAYMENT_BOUNCED: gettext_lazy("The bank took a recorded payment back"),
    Fact.RECOVERED: gettext_lazy("What was written off came after all"),
    Fact.WRITTEN_OFF: gettext_lazy("An invoice was written off"),
    Fact.REOPENED: gettext_lazy("What was written off is asked for again"),
    Fact.DISPUTE_OPENED: gettext_lazy("A payment is disputed"),
    Fact.DISPUTE_WON: gettext_lazy("A disputed payment was won"),
    Fact.DISPUTE_LOST: gettext_lazy("A disputed payment was lost, and is owed again"),
    Fact.REFUND_PAID_OUT: gettext_lazy("A refund that failed was paid otherwise"),
    Fact.REFUND_DONE: gettext_lazy("A refund went back"),
    Fact.PAYMENT_RECEIVED: gettext_lazy("A payment was received"),
    Fact.PAYOUT_RECORDED: gettext_lazy("A payout arrived"),
    Fact.PAYOUT_WITHDRAWN: gettext_lazy("A payout was taken back"),
    Fact.MONEY_FOUND: gettext_lazy("Money came that matches nothing"),
    Fact.MONEY_DISPUTED: gettext_lazy("A holder disputes a payment at the bank"),
    Fact.MONEY_RETURNED: gettext_lazy("Money went back"),
}


class Filters(forms.Form):
    """What the journal can be narrowed to. `until` is included."""

    customer = forms.CharField(label=gettext_lazy("Customer"), required=False, max_length=120)
    invoice = forms.CharField(label=gettext_lazy("Invoice"), required=False, max_length=40)
    account = forms.ChoiceField(
        label=gettext_lazy("Account"),
        required=False,
        choices=[
            ("", pgettext_lazy("accounts", "All")),
            *((one.value, label) for one, label in ACCOUNTS.items()),
        ],
    )
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    until = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )

    def which(self) -> Which | None:
        """None where nothing can fit: a filter that makes no sense, a number that no invoice has."""
        if not self.is_bound:
            return Which()
        if not self.is_valid():
            return None
        wanted = self.cleaned_data
        invoice_id = invoices.titled(wanted["invoice"]) if wanted["invoice"] else None
        if wanted["invoice"] and invoice_id is None:
            return None
        return Which(
            named=wanted["customer"],
            invoice_id=invoice_id,
            account=Account(wanted["account"]) if wanted["account"] else None,
            since=wanted["since"],
            until=wanted["until"],
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One posting of an entry. One of `debit` and `credit` is there, both positive."""

    entry: EntryDetail
    fact: Text
    invoice_id: str
    account: str
    amount: Money

    @property
    def debit(self) -> Money | None:
        return self.amount if self.amount.minor > 0 else None

    @property
    def credit(self) -> Money | None:
        return -self.amount if self.amount.minor < 0 else None


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Balances of what is asked for, and its newest entries, a line for each posting."""
    form, language = Filters(request.GET or None), get_language() or "en"
    which, before = form.which(), _before(request)
    found = [] if which is None else queries.entries(which, before=before, limit=PER_PAGE + 1)
    query = {name: value for name, value in request.GET.items() if value and name != "before"}
    more = found[PER_PAGE - 1].public_id if len(found) > PER_PAGE else ""
    context = {
        "form": form,
        "balances": [
            (account(one.account, one.detail, language), Money(one.amount_minor, one.currency))
            for one in ([] if which is None else queries.balances(which))
        ],
        "lines": list(_lines(found[:PER_PAGE], language)),
        "filtered": bool(query),
        "whole": which is not None and which.account is None,
        "csv_url": f"{reverse('backoffice:journal-csv')}?{urlencode(query)}".rstrip("?"),
        "older": f"?{urlencode({**query, 'before': more})}" if more else "",
        "newer": f"{request.path}?{urlencode(query)}".rstrip("?") if before else "",
    }
    wrong = form.is_bound and not form.is_valid()
    return render(request, "backoffice/journal/page.html", context, status=422 if wrong else 200)


@makes_file
def csv(request: HttpRequest) -> HttpResponse:
    """All of it, with the same filters, as a file: the oldest first, a row for each posting."""
    which, language = Filters(request.GET or None).which(), get_language() or "en"
    if which is None:
        return errors.no_such_file(request, back=f"{reverse('backoffice:journal')}?{request.GET.urlencode()}")
    return csv_file.response(
        f"journal-{clock.now().date().isoformat()}.csv",
        header=[
            _("Entry"),
            _("Day"),
            _("What happened"),
            _("Reference"),
            _("Customer"),
            _("Contract"),
            _("Invoice"),
            _("Account"),
            _("Debit"),
            pgettext("bookkeeping", "Credit"),
            _("Currency"),
        ],
        rows=_rows(_lines(queries.every(which), language), language),
        language=language,
    )


def account(which: Account, detail: str, language: str) -> str:
    """An account with its part, in words: a kind of line as invoices call it, a gateway or a way by its name, a tax by its own."""
    part = source(detail)
    if which is Account.REVENUE:
        part = line_label(LineKind(detail), "", language)
    elif which is Account.WITHHELD:
        part = detail
    return " · ".join(filter(None, (str(ACCOUNTS[which]), part)))


def _rows(lines: Iterable[Line], language: str) -> Iterator[list[csv_file.Cell]]:
    def amount(money: Money | None) -> str:
        return "" if money is None else csv_file.decimal(money.minor, money.currency, language)

    for line in lines:
        yield [
            line.entry.public_id,
            line.entry.day,
            str(line.fact),
            line.entry.reference,
            line.entry.customer,
            line.entry.contract_number,
            line.entry.invoice_number,
            line.account,
            amount(line.debit),
            amount(line.credit),
            line.amount.currency,
        ]


def _lines(entries: Iterable[EntryDetail], language: str) -> Iterator[Line]:
    for entry in entries:
        for posting in entry.postings:
            yield _line(entry, posting, language)


def _line(entry: EntryDetail, posting: Posting, language: str) -> Line:
    return Line(
        entry=entry,
        fact=FACTS[entry.fact],
        invoice_id="" if entry.invoice_id is None else public("inv", entry.invoice_id),
        account=account(posting.account, posting.detail, language),
        amount=Money(posting.amount_minor, posting.currency),
    )


def _before(request: HttpRequest) -> UUID | None:
    """Raises Http404 for what is no entry's id."""
    text = request.GET.get("before", "")
    if not text:
        return None
    key = parse("jrn", text)
    if key is None:
        raise Http404(text)
    return key
