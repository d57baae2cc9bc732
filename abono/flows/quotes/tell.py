"""What people are told of changes of plan and package: before and after, from what was committed (CHG-2)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Change, Contract
from abono.domain.invoicing.models import Invoice
from abono.flows.billing.fees import Held
from abono.flows.quotes.quote import Quote
from abono.flows.tell import tell
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
            "interactions": quote.interactions[1],
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
    begins = change.begins_at
    later = (
        {}
        if begins is None
        else {
            "begins_date": local_date(begins, contract.customer.time_zone),
            **_named("later", quote.after),
        }
    )
    return {
        "number": contract.number,
        "change_id": str(change.id),
        **_named("before", quote.before),
        **_named("after", quote.between),
        **later,
        "currency": contract.currency,
        "was_minor": quote.before.monthly.minor,
        "becomes_minor": quote.after.monthly.minor,
    }


def _named(when: str, what: Held) -> dict[str, object]:
    return {f"plan_{when}": what.plan.name, f"package_{when}": what.package.code}
