"""What a line of an invoice is called: the same words on the invoice, its page and the usage page (FIN-5)."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext, ngettext, override

from abono.domain.catalog.labels import package_name
from abono.domain.invoicing.states import FiscalType, LineKind
from abono.domain.invoicing.types import (
    Calculation,
    Discounted,
    Exchanged,
    How,
    InvoiceDetail,
    LineDetail,
    PaidLate,
    Taxed,
)
from abono.kernel.errors import _
from abono.kernel.money import Money
from abono.kernel.periods import boundary_day, day_beside, local_date
from abono.platform import formats

_NAMED = {
    LineKind.PLAN: _("Software plan {name}"),
    LineKind.PLAN_UNUSED: _("Unused days of software plan {name}"),
    LineKind.PLAN_DISCOUNT: _("Discount on software plan {name}"),
    LineKind.PACKAGE: _("Channel package {name}"),
    LineKind.PACKAGE_DISCOUNT: _("Discount on channel package {name}"),
    LineKind.ACTIVATION: _("Activation of plan {name}"),
    LineKind.PACKAGE_RAISE: _("Channel package raised to {name}"),
    LineKind.PACKAGE_BACK: _("Taken back of channel package {name}"),
    LineKind.OVERAGE: _("Use beyond channel package {name}"),
    LineKind.EXTRA_INTERACTIONS: _("Extra InteractionZ, plan {name}"),
    LineKind.EXTRA_LICENCES: _("Extra licences, plan {name}"),
    LineKind.LICENCE_PEAK: _("Licences in use beyond those owned, plan {name}"),
    LineKind.ADD_ON: _("Add-on {name}"),
    LineKind.LICENCES_UNUSED: _("Unused days of extra licences, plan {name}"),
    LineKind.LICENCES_DISCOUNT: _("Discount on extra licences, plan {name}"),
    LineKind.TAX: _("Tax: {name}"),
    LineKind.LATE_CHARGES: _("Fine and interest of invoice {name}"),
}
_UNNAMED = {
    LineKind.PLAN: _("Software plan"),
    LineKind.PLAN_UNUSED: _("Unused days of the software plan"),
    LineKind.PLAN_DISCOUNT: _("Discount on the software plan"),
    LineKind.PACKAGE: _("Channel package"),
    LineKind.PACKAGE_DISCOUNT: _("Discount on the channel package"),
    LineKind.ACTIVATION: _("Activation"),
    LineKind.PACKAGE_RAISE: _("Channel package raised"),
    LineKind.PACKAGE_BACK: _("Taken back of the channel package"),
    LineKind.OVERAGE: _("Use beyond the channel package"),
    LineKind.EXTRA_INTERACTIONS: _("Extra InteractionZ"),
    LineKind.EXTRA_LICENCES: _("Extra licences"),
    LineKind.LICENCE_PEAK: _("Licences in use beyond those owned"),
    LineKind.ADD_ON: _("Add-on"),
    LineKind.LICENCES_UNUSED: _("Unused days of extra licences"),
    LineKind.ONE_OFF: _("One-off invoices"),
    LineKind.LICENCES_DISCOUNT: _("Discount on extra licences"),
    LineKind.TAX: _("Taxes"),
    LineKind.LATE_CHARGES: _("Fine and interest"),
}
_OF_PACKAGE = (
    LineKind.PACKAGE,
    LineKind.PACKAGE_RAISE,
    LineKind.PACKAGE_BACK,
    LineKind.PACKAGE_DISCOUNT,
    LineKind.OVERAGE,
)
_FISCAL = {
    FiscalType.LICENSING: _("Software licence"),
    FiscalType.SVA: _("Value-added service"),
}


_OWN_PRICE = _("{name}: {fee}, the price of this contract")
_SENTENCES = {  # by what is counted, and whether of one fee
    ("day", True): _("{name}, {days} of {of} days: {fee} × {days}/{of} = {amount}"),
    ("day", False): _("{name}, {days} of {of} days: {quantity} × {fee} × {days}/{of} = {amount}"),
    ("second", True): _("{name}, {days} of {of} seconds: {fee} × {days}/{of} = {amount}"),
    ("second", False): _("{name}, {days} of {of} seconds: {quantity} × {fee} × {days}/{of} = {amount}"),
    ("month", True): _("{name}, {days} of {of} months: {fee} × {days}/{of} = {amount}"),
}
_OFF = {  # by whether it is an amount, and whether it is taken back
    (False, False): _("{code}: {percent} of {fee} = {off}"),
    (True, False): _("{code}: {off} off {fee}"),
    (False, True): _("{code}, taken back: {percent} of {fee} = {off}"),
    (True, True): _("{code}, taken back: {off} off {fee}"),
}
_DISCOUNTED = {
    "day": _("; {days} of {of} days: {off} × {days}/{of} = {amount}"),
    "second": _("; {days} of {of} seconds: {off} × {days}/{of} = {amount}"),
    "month": _("; {days} of {of} months: {off} × {days}/{of} = {amount}"),
}

AT_THE_BANK = "disputed at the bank"
"""Why a payment is disputed, where a gateway says so (PAY-10)."""
SENT_BACK = "sent back to its payer"
"""Why a payment counts no more, where its supplier says so (PAY-10)."""
NOT_CONTESTED = "not contested any more"
"""Why a dispute is won, where the supplier that told of it says so."""
REGRETTED = "contract regretted"
"""Why all invoices of a contract that is given back are taken back (CON-10): what was paid is no credit, it goes back."""


UNDONE = "change undone"
"""Why the invoice of a change that is undone is taken back (CHG-9)."""
_WHYS = {
    REGRETTED: _("Given back, with a full refund"),
    UNDONE: _("A change was undone"),
    AT_THE_BANK: _("The holder disputes the payment at the bank."),
    NOT_CONTESTED: _("The bank does not ask for the payment any more."),
    SENT_BACK: _("The money went back to its payer."),
}


def reason_label(why: str, language: str) -> str:
    """Why something was done: what the seller wrote, or in a language what the use case says."""
    if why not in _WHYS:
        return why
    with override(language):
        return gettext(_WHYS[why])


def line_label(kind: LineKind, name: str, language: str) -> str:
    """The line's name in a language; `name` is the plan or the code of the package, and may be empty. What the seller wrote
    is in the seller's words."""
    if name and kind is LineKind.ONE_OFF:
        return name
    with override(language):
        text = gettext((_NAMED if name else _UNNAMED)[kind])
    return text.format(name=package_name(name, language) if kind in _OF_PACKAGE else name)


def days_of(line: LineDetail, zone: str) -> tuple[date, date]:
    """First and last local day of what a line pays for, the same for good: an issued invoice never changes, though the
    rules of a time zone do (INV-4, TIM-6)."""
    last = boundary_day(line.period_end, zone) - timedelta(days=1)
    if _within(line):  # it begins at some moment of its day
        return local_date(line.period_start, zone), last
    return boundary_day(line.period_start, zone), last


def paid_day(invoice: InvoiceDetail) -> date | None:
    """The local day on which it was paid, as days of its lines are told; None for one that is not."""
    if invoice.paid_at is None:
        return None
    ends = [line.period_end for line in invoice.lines]
    begins = [line.period_start for line in invoice.lines if not _within(line)]
    return day_beside(invoice.paid_at, [*begins, *ends], invoice.time_zone)


def _within(line: LineDetail) -> bool:
    """Whether it is of a change, which begins within a cycle."""
    how = line.calculation
    if isinstance(how, Calculation):
        return how.of > 0
    whole = how is None or (isinstance(how, Discounted) and how.days is None)
    return not whole or line.kind in (LineKind.PACKAGE_RAISE, LineKind.PACKAGE_BACK, LineKind.PLAN_UNUSED)


def sentence(name: str, how: How | None, amount: Money, language: str) -> str:
    """How the amount of a line came about, the same words everywhere (CHG-10); empty where it is the price itself."""
    if how is None:
        return ""
    if isinstance(how, Discounted):
        return _discounted(how, amount, language)
    if isinstance(how, Taxed):
        return _taxed(how, amount, language)
    if isinstance(how, Exchanged):
        return _exchanged(how, amount, language)
    if isinstance(how, PaidLate):
        return _paid_late(how, amount, language)
    with override(language):
        text = gettext(_SENTENCES[how.unit, how.quantity == 1] if how.of else _OWN_PRICE)
    return text.format(
        name=package_name(name, language),
        days=how.days,
        of=how.of,
        quantity=formats.number(how.quantity, language),
        fee=formats.minor(how.fee_minor, amount.currency, language),
        amount=formats.money(amount, language),
    )


def billed_once(quantity: int, unit_price_micro: int, amount: Money, language: str) -> str:
    """The same of a line that the seller wrote (INV-10)."""
    with override(language):
        text = gettext("Billed once: {quantity} × {price} = {amount}")
    return text.format(
        quantity=formats.number(quantity, language),
        price=formats.micro(unit_price_micro, amount.currency, language),
        amount=formats.money(amount, language),
    )


def _discounted(how: Discounted, amount: Money, language: str) -> str:
    """`SOL10: 10% of 3,900.00 = 390.00; 12 of 30 days: 390.00 × 12/30 = 156.00`, as it was taken off, or taken back."""
    currency, back = amount.currency, how.fee_minor < 0
    sign = 1 if back else -1
    with override(language):
        said = gettext(_OFF[how.rate_micro is None, back])
        if how.days is not None:
            said += gettext(_DISCOUNTED[how.unit])
    return said.format(
        code=how.code,
        percent="" if how.rate_micro is None else formats.rate(how.rate_micro, language),
        fee=formats.minor(abs(how.fee_minor), currency, language),
        off=formats.minor(sign * how.off_minor, currency, language),
        days=how.days,
        of=how.of,
        amount=formats.minor(sign * amount.minor, currency, language),
    )


def _exchanged(how: Exchanged, amount: Money, language: str) -> str:
    """`500.00 − 100.00 = 400.00`."""
    fee, before = (formats.minor(one, amount.currency, language) for one in (how.fee_minor, how.before_minor))
    return f"{fee} − {before} = {formats.money(amount, language)}"


def _taxed(how: Taxed, amount: Money, language: str) -> str:
    """`9.25% of 700.00 = 64.75`."""
    with override(language):
        text = gettext("{percent} of {fee} = {amount}")
    return text.format(
        percent=formats.rate(how.rate_micro, language),
        fee=formats.minor(how.base_minor, amount.currency, language),
        amount=formats.money(amount, language),
    )


def _paid_late(how: PaidLate, amount: Money, language: str) -> str:
    """`700.00 was paid 10 days late.`"""
    with override(language):
        text = ngettext(
            "{paid} was paid {days} day late.", "{paid} was paid {days} days late.", how.late_days
        )
    return text.format(paid=formats.minor(how.paid_minor, amount.currency, language), days=how.late_days)


def explanation(line: LineDetail, currency: str, language: str) -> str:
    """The same of a written line."""
    amount = Money(line.amount_minor, currency)
    if line.kind is LineKind.ONE_OFF:
        return billed_once(line.quantity, line.unit_price_micro, amount, language)
    return sentence(line.name, line.calculation, amount, language)


def fiscal_label(fiscal_type: FiscalType, language: str) -> str:
    """What kind of supply a line is for the tax office (INV-3)."""
    with override(language):
        return gettext(_FISCAL[fiscal_type])


def coded(label: str, line: LineDetail) -> str:
    """With the codes by which the tax office knows it, as they were on its day: `Software licence · item 1.05 · NBS …` (INV-7)."""
    known = line.codes
    if known is None:
        return label
    named = (
        ("item", known.item),
        ("NBS", known.nbs),
        ("CST", known.cst),
        ("cClassTrib", known.tax_class),
    )  # what else there is, the issuer is told
    return " · ".join([label, *(f"{name} {code}" for name, code in named if code)])
