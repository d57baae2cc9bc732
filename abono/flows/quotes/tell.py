"""What people are told of changes of plan and package: before and after, from what was committed (CHG-2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from abono.domain.contracts.models import Change, Contract
from abono.domain.identity import queries as identity
from abono.domain.invoicing.models import Invoice
from abono.domain.notices import actions as notices
from abono.domain.notices.types import Recipient
from abono.flows.charges.held import Held
from abono.flows.quotes.parts import Quote
from abono.flows.tell import tell, tell_seller
from abono.kernel.money import Money
from abono.kernel.periods import local_date


def tell_changed(
    contract: Contract, change: Change, quote: Quote, *, invoice: Invoice | None, now: datetime
) -> None:
    """It is in place, as far as it is at once; of what is smaller it says from when on."""
    paid = 0 if invoice is None else invoice.total_minor
    tell(
        customer_id=contract.customer_id,
        kind="contract_changed" if quote.at_once else "change_scheduled",
        key=str(change.id),
        facts={
            **_facts(contract, change, quote),
            **({"paid_minor": paid} if paid else {}),
            **({"given_back_minor": -quote.difference.minor} if quote.difference.minor < 0 else {}),
            **({"put_off_minor": quote.difference.minor} if quote.deferred else {}),
            "interactions": quote.interactions[1],
            "lines": change.quote["lines"],
        },
        now=now,
    )


def tell_withdrawn(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> None:
    tell(
        customer_id=contract.customer_id,
        kind="change_withdrawn",
        key=str(change.id),
        facts=_facts(contract, change, quote),
        now=now,
    )


def tell_taken_back(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> None:
    """It waited for somebody's word: nothing of it ever held."""
    tell(
        customer_id=contract.customer_id,
        kind="change_withdrawn",
        key=str(change.id),
        facts={
            **_facts(contract, change, quote),
            **_named("after", quote.before),
            **_licences(quote, now=quote.before),
            **_named("later", quote.after),
        },
        now=now,
    )


def tell_to_confirm(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> None:
    """To whoever accepted it, where that is one of the customer's Administrators; else to all of these: with the link."""
    administrators = identity.administrators(contract.customer_id)
    own = [one for one in administrators if change.accepted_by == f"person:{one.person_id}"]
    notices.tell(
        customer_id=contract.customer_id,
        kind="change_to_confirm",
        key=str(change.id),
        facts={**_at_once(contract, change, quote), "by_link": True},
        recipients=tuple(Recipient(one.email, one.name, one.language) for one in own or administrators),
        now=now,
    )


def tell_to_approve(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> None:
    """To the seller's people."""
    tell_seller(
        customer_id=contract.customer_id,
        kind="change_to_approve",
        key=str(change.id),
        facts=_at_once(contract, change, quote),
        now=now,
    )


def tell_refused(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> None:
    _tell_of_word("change_refused", contract, change, quote, now=now, more={"why": change.answer})


def tell_approved(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> None:
    """The seller said yes, but it has to be accepted once more: this is the new quote of it."""
    _tell_of_word("change_approved", contract, change, quote, now=now)


def tell_lapsed(contract: Contract, change: Change, quote: Quote, *, now: datetime) -> None:
    _tell_of_word("change_lapsed", contract, change, quote, now=now)


def _tell_of_word(
    kind: str,
    contract: Contract,
    change: Change,
    quote: Quote,
    *,
    now: datetime,
    more: Mapping[str, object] | None = None,
) -> None:
    facts = {**_at_once(contract, change, quote), **(more or {})}
    tell(customer_id=contract.customer_id, kind=kind, key=str(change.id), facts=facts, now=now)


def _at_once(contract: Contract, change: Change, quote: Quote) -> dict[str, object]:
    """What is wanted, whenever each part of it would begin, and what is charged for it."""
    return {
        **_facts(contract, change, quote),
        **_named("after", quote.after),
        **_licences(quote, now=quote.after),
        "total_minor": quote.today.minor,
        "lines": change.quote["lines"],
    }


def tell_undone(contract: Contract, change: Change, quote: Quote, *, credit: Money, now: datetime) -> None:
    tell(
        customer_id=contract.customer_id,
        kind="change_undone",
        key=str(change.id),
        facts={
            **_facts(contract, change, quote),
            "interactions": quote.interactions[0],
            **({"credit_minor": credit.minor} if credit else {}),
        },
        now=now,
    )


def _facts(contract: Contract, change: Change, quote: Quote) -> dict[str, object]:
    zone, begins = contract.customer.time_zone, change.begins_at
    later: dict[str, object] = {}
    if begins is not None:
        later = {"begins_date": local_date(begins, zone), **_named("later", quote.after)}
    if begins is not None and quote.rest_comes_first and quote.rest_at is not None:
        later |= {"begins_date": local_date(quote.rest_at, zone), "plan_date": local_date(begins, zone)}
    return {
        "number": contract.number,
        "change_id": str(change.id),
        **_named("before", quote.before),
        **_named("after", quote.between),
        **later,
        **_licences(quote, now=quote.between),
        "currency": contract.currency,
        "was_minor": quote.before.monthly.minor,
        "becomes_minor": quote.after.monthly.minor,
    }


def _licences(quote: Quote, *, now: Held) -> dict[str, object]:
    """How many extra ones before, now and then, where any are of the change."""
    if not any(one.extra_licences for one in (quote.before, quote.between, quote.after)):
        return {}
    then = {"licences_later": quote.after.extra_licences} if quote.later else {}
    return {
        "licences_before": quote.before.extra_licences,
        "licences_after": now.extra_licences,
        **then,
    }


def _named(when: str, what: Held) -> dict[str, object]:
    by_year = {f"plan_year_{when}_minor": what.yearly.minor} if what.by_year else {}
    return {f"plan_{when}": what.plan.name, f"package_{when}": what.package.code, **by_year}
