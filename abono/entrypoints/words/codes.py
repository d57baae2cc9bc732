"""Every code with which something is refused: what it means and how to mend it. The address `type` of a problem leads here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from abono import domain
from abono.entrypoints.words import licences
from abono.entrypoints.words.events import REFUSED
from abono.entrypoints.words.requests import REQUESTS
from abono.kernel.errors import Kind, Refusal, _
from abono.platform.web.problems import STATUS

EVENT = 200  # the request is answered with this status, and one of its events with the code

_BY_KIND: Mapping[Kind, str] = {
    Kind.INVALID: _("Change the request: as it is, it will be refused again."),
    Kind.FORBIDDEN: _("Use a key that may do this."),
    Kind.NOT_FOUND: _("Compare the id. What belongs to somebody else does not exist for your key either."),
    Kind.CONFLICT: _("Look how things stand now. The request may be right at another moment."),
    Kind.PAYMENT_REQUIRED: _("Settle the payment that stands in the way, then send the request again."),
    Kind.UNAVAILABLE: _("Send the same again in a moment."),
}
_MENDS: Mapping[str, str] = {  # where more can be said than of its kind
    "bad_cursor": _("Begin at the first page, without a cursor, and keep filters as they were."),
    "catalog.currency_not_sold": _("Ask GET /v1/catalog in another currency."),
    "catalog.package_not_on_sale": _("Choose one of the packages in GET /v1/catalog."),
    "contracts.not_a_higher_package": _("Choose a bigger package in GET /v1/catalog, in the same currency."),
    "contracts.currency_mismatch": _("Choose a package in the currency of the contract."),
    "contracts.currency_of_country": _(
        "Choose plan and package again in the currency that `currency` names: the country of the buyer decides it."
    ),
    "contracts.not_running": _("Look at “state” of the contract: only one that is in force can do this."),
    "contracts.order_closed": _("Look at “state” of the order; what is in force is changed at its contract."),
    "contracts.terms_changed": _("Ask GET /v1/terms, have them accepted, and pay with their version."),
    "adjustments.stale": _("Make a new preview with POST /v1/adjustments, and apply that one."),
    "contracts.batch_stale": _("Make a new preview with POST /v1/version-moves, and apply that one."),
    "gateway_unavailable": _("Send the same again in a moment, with the same Idempotency-Key."),
    "identity.key_from_elsewhere": _(
        "Compare the address with the list on the page “API keys”: it is the one of your way out to the internet, which may change."
    ),
    "idempotency.in_progress": _("Wait as “Retry-After” says, then send the same again: you get its answer."),
    "idempotency.key_reused": _("Use a new key for a new request; repeat a request with its own body."),
    "invoicing.amount_changed": _("Ask for the preview again, and confirm the new amount."),
    "invoicing.not_blocked": _("Nothing needs to be done: you can go on sending."),
    "invoicing.not_payable": _("Look at “state” of the invoice: it may be paid already."),
    "invoicing.nothing_to_pay": _("Say how the open sends ended, then ask again."),
    "invoicing.overdue": _("Pay the overdue invoice with POST /v1/invoices/…/payments, then try again."),
    "metering.campaign_beyond_counting": _("Ask for fewer sends."),
    "metering.campaign_does_not_fit": _(
        "Hold as many as “fit” says, or pay the overage so far, or raise the package, and hold it again."
    ),
    "metering.campaign_malformed": _("Put the sends of one channel, kind and country into one line."),
    "metering.campaign_too_long": _(
        "Extend it to a moment until the one that is named, or hold a new campaign then."
    ),
    "payments.card_declined": _(
        "“hint” says what to look at. Use another card in My Wallet, or ask the bank."
    ),
    "payments.no_card": _("Add a card in My Wallet, then send the request again."),
    "payments.under_way": _("Wait until the payment is known, and look at the invoice then."),
    "uncovered.nothing_to_decide": _("Look at “state” of the sends; give a price to those that have none."),
    "uncovered.never_billed": _("Let them go, or change the setting “uncovered” first."),
    "uncovered.not_contestable": _(
        "Look at “state” of the decision. What is on an invoice is contested there."
    ),
}


@dataclass(frozen=True, slots=True)
class Code:
    """Texts are msgids in which `{fact}` names a member of the problem.

    statuses   of HTTP; EVENT where one event among others is refused with it
    means      once for each thing that can be refused with it
    """

    code: str
    statuses: tuple[int, ...]
    means: tuple[str, ...]
    mend: tuple[str, ...]


@cache
def codes() -> tuple[Code, ...]:
    """All of them, in the order of the alphabet."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for word, (means, mend) in [*REFUSED.items(), *licences.REFUSED.items()]:
        found.setdefault(word.value, []).append((EVENT, means, mend))
    for code, said in REQUESTS.items():
        found.setdefault(code, []).append(said)
    for refusal in _refusals():
        mend = _MENDS.get(refusal.code, "" if refusal.code in found else _BY_KIND[refusal.kind])
        found.setdefault(refusal.code, []).append((STATUS[refusal.kind].value, refusal.message, mend))
    return tuple(
        Code(
            code,
            tuple(sorted({status for status, _means, _mend in said})),
            tuple(dict.fromkeys(means for _status, means, _mend in said)),
            tuple(dict.fromkeys(mend for _status, _means, mend in said if mend)),
        )
        for code, said in sorted(found.items())
    )


def _refusals() -> Iterator[type[Refusal]]:
    """Every refusal of ours, by its code, wherever it is defined."""
    for package in iter_modules(domain.__path__):
        if find_spec(name := f"{domain.__name__}.{package.name}.errors"):
            import_module(name)
    waiting, found = [Refusal], []
    while waiting:
        for refusal in waiting.pop().__subclasses__():
            waiting.append(refusal)
            if refusal.__module__.startswith("abono.") and hasattr(refusal, "code"):
                found.append(refusal)
    yield from sorted(found, key=lambda refusal: (refusal.code, refusal.message))
