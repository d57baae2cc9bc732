"""A day of the clearing accounts: the journal beside what suppliers said, and why money still lies there (PAY-13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.journal import reconciliation
from abono.domain.journal.errors import NoBookOfDay
from abono.domain.journal.reconciliation import AccountDay, Difference, Move, Reconciliation, Waiting, Waits
from abono.entrypoints.backoffice.journal.views import FACTS
from abono.entrypoints.site import errors
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.design.words import Text, source
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import refused
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import clock, formats

MOVES: dict[Move, Text] = {
    Move.CAME: gettext_lazy("Charges and payments"),
    Move.BACK: gettext_lazy("Refunds and what went back"),
    Move.CONTESTED: gettext_lazy("Contested, or won"),
    Move.ARRIVED: gettext_lazy("Arrived in your accounts, or sent from them"),
    Move.FEES: pgettext_lazy("reconciliation", "Fees"),
    Move.WITHHELD: gettext_lazy("Beside it: taxes withheld"),
}
WAITS: dict[Waits, Text] = {
    Waits.UNPAID: gettext_lazy("Not arrived in an account of yours yet"),
    Waits.TO_SEND: gettext_lazy("To be sent from an account of yours"),
    Waits.NOBODY: gettext_lazy("Money of nobody: somebody has to look at it"),
    Waits.CONTESTED: gettext_lazy("Contested: not on the account until that ends"),
    Waits.REFUND: gettext_lazy("A refund is under way: on the account until it went back"),
    Waits.UNKNOWN: gettext_lazy("No clear answer yet: the gateway is asked about it"),
}


class Which(forms.Form):
    use_required_attribute = False
    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("Choose a day.")},
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why money waits, in words, with the page that says more."""

    waiting: Waiting
    words: Text
    url: str


@dataclass(frozen=True, slots=True)
class Account:
    """One as people read it."""

    day: AccountDay
    lines: list[tuple[Text, Money, Money, Money]]  # by the journal, by suppliers, and the difference
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A difference: what it is of, what both say, and what to do."""

    account: str
    what: str
    says: str
    to_do: str
    url: str


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Of yesterday, or of the day that was asked for: what nothing explains stands first."""
    form, found = _asked(request)
    context: dict[str, object] = {"form": form, "found": found}
    if found is not None:
        context |= {
            "unexplained": [_unexplained(one) for one in found.differences],
            "accounts": [_account(one) for one in found.accounts],
            "csv_url": f"{reverse('backoffice:reconciliation-csv')}?{urlencode({'day': found.day.isoformat()})}",
        }
    return render(
        request, "backoffice/reconciliation/page.html", context, status=422 if found is None else 200
    )


@makes_file
def csv(request: HttpRequest) -> HttpResponse:
    """The same as a file: a row for each line of an account, each reason and each difference."""
    _form, found = _asked(request)
    language = get_language() or "en"
    if found is None:
        back = f"{reverse('backoffice:reconciliation')}?{request.GET.urlencode()}"
        return errors.no_such_file(request, back=back)
    return csv_file.response(
        f"reconciliation-{found.day.isoformat()}.csv",
        header=[
            _("Day"),
            _("Account"),
            _("Currency"),
            pgettext("reconciliation", "What"),
            _("Reference"),
            _("By the journal"),
            _("By suppliers"),
            _("Difference"),
        ],
        rows=_rows(found, language),
        language=language,
    )


def _asked(request: HttpRequest) -> tuple[Which, Reconciliation | None]:
    """What the form says, and the day; None where there is no such day."""
    now = clock.now()
    given = request.GET if "day" in request.GET else {"day": reconciliation.yesterday(now=now).isoformat()}
    form = Which(given)
    if not form.is_valid():
        return form, None
    try:
        return form, reconciliation.of_day(form.cleaned_data["day"], now=now)
    except NoBookOfDay as no:
        form.add_error("day", refused(no).sentence)
        return form, None


def _account(one: AccountDay) -> Account:
    return Account(
        day=one,
        lines=[(MOVES[moved.move], moved.booked, moved.told, moved.difference) for moved in one.moved],
        reasons=[Reason(reason, WAITS[reason.kind], _more_of(reason)) for reason in one.waiting],
    )


def _more_of(waiting: Waiting) -> str:
    if waiting.kind in (Waits.UNPAID, Waits.TO_SEND):
        if waiting.since is None:
            return reverse("backoffice:payouts")
        day = waiting.since.isoformat()
        query = urlencode({"account": "clearing", "since": day, "until": day})
        return f"{reverse('backoffice:journal')}?{query}"
    if waiting.invoice_id is None:
        return reverse("backoffice:money")
    name = "backoffice:invoice-standing" if waiting.kind is Waits.CONTESTED else "backoffice:invoice"
    return reverse(name, args=[public("inv", waiting.invoice_id)])


def _unexplained(one: Difference) -> Unexplained:
    if one.fact is None:
        return Unexplained(
            account=source(one.account),
            what=_("Line {line} of a bank’s return, of the slip {slip}").format(
                line=one.line, slip=one.invoice_title
            ),
            says=_says(one),
            to_do=_(
                "Open the file and look at the slip. If the bank paid it, record its payment with the invoice by hand."
            ),
            url=reverse("backoffice:bank-file", args=[public("bfl", one.reference)]),
        )
    url = (
        "" if one.invoice_id is None else reverse("backoffice:invoice", args=[public("inv", one.invoice_id)])
    )
    reference = one.invoice_title or public(one.fact.prefix, one.reference)
    return Unexplained(
        account=source(one.account),
        what=f"{FACTS[one.fact]} · {reference}",
        says=_says(one),
        to_do=_(
            "Look at the supplier’s own page which sum is right. Nothing corrects books by itself: hand both numbers to whoever runs this installation."
        ),
        url=url or f"{reverse('backoffice:journal')}?account=clearing",
    )


def _says(one: Difference) -> str:
    language = get_language() or "en"
    booked, told = (
        None if money is None else formats.money(money, language) for money in (one.booked, one.told)
    )
    if booked is None:
        return _("Suppliers say {told}, and the journal has nothing of it.").format(told=told)
    if told is None:
        return _("The journal has {booked}, and no supplier said so.").format(booked=booked)
    if booked == told:
        return _("The sum is the same, {told}, but not what was kept or withheld of it.").format(told=told)
    return _("The journal has {booked}, and suppliers say {told}.").format(booked=booked, told=told)


def _rows(found: Reconciliation, language: str) -> Iterator[list[csv_file.Cell]]:
    def amount(money: Money | None) -> str:
        return "" if money is None else csv_file.decimal(money.minor, money.currency, language)

    def row(
        account: str, currency: str, what: object, reference: str, *sums: Money | None
    ) -> list[csv_file.Cell]:
        return [found.day, account, currency, str(what), reference, *map(amount, sums)]

    for one in found.differences:
        currency = (one.booked or one.told or Money(0, "BRL")).currency
        shown = _unexplained(one)
        booked, told = (money or Money(0, currency) for money in (one.booked, one.told))
        yield row(
            shown.account,
            currency,
            _("Unexplained: {what}").format(what=shown.what),
            "",
            one.booked,
            one.told,
            booked - told,
        )
    for account in found.accounts:
        name, currency, shown_account = source(account.name), account.opening.currency, _account(account)
        yield row(name, currency, _("At the beginning of the day"), "", account.opening, None, None)
        for words, *sums in shown_account.lines:
            yield row(name, currency, words, "", *sums)
        yield row(name, currency, _("At the end of the day"), "", account.closing, None, None)
        for reason in shown_account.reasons:
            since: date | None = reason.waiting.since
            reference = reason.waiting.invoice_title or (since.isoformat() if since else "")
            yield row(name, currency, reason.words, reference, reason.waiting.amount, None, None)
