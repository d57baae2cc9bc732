"""What the next invoice has of a change that is quoted: fees, add-ons and taxes of what begins then (CHG-1, CAT-11)."""

from __future__ import annotations

from collections.abc import Sequence

from abono.domain.contracts.models import Change, Contract
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import NewLine
from abono.domain.metering import queries as metering
from abono.flows.billing.ahead import billed_ahead
from abono.flows.billing.discounts import discount_in
from abono.flows.billing.fees import activation, add_ons, fitting, going_on, of_year, unbilled, whole
from abono.flows.billing.held import Held, agreed, arranged_at, held
from abono.flows.billing.lines import to_repair
from abono.flows.billing.paid_for import paid_for
from abono.kernel.money import Money, total
from abono.kernel.periods import Period


def coming(
    contract: Contract, before: Held, sold: Held, pending: Change | None, cycle: Period
) -> list[NewLine]:
    """What is billed when the next cycle begins if `sold` is accepted: a part that it leaves as it is may have been promised
    otherwise for then (CAT-5)."""
    following = Period(cycle.end, cycle.end + (cycle.end - cycle.start))
    gives_way = pending is not None and pending.begins_at == cycle.end
    promised = held(contract.without_last(cycle.end) if gives_way else contract.at(cycle.end))
    of_plan = promised if before.plan.id == sold.plan.id else sold
    of_package = promised if before.package.id == sold.package.id else sold
    what = Held(of_plan.plan, of_plan.price, of_package.package, sold.extra_licences)
    interval = what.price.interval
    pays = paid_for(contract, following, interval)
    own = arranged_at(contract, cycle.end, plan_since=pays.plan.period.start, interval=interval)
    what, discount = agreed(what, own), discount_in(contract, following)
    fees = whole(what, pays, discount)
    if pays.year is not None:
        fees += going_on(before, what, pays, discount_in(contract, pays.year.period))
    if not billed_ahead(what.plan.code, contract.id, at=cycle.end):
        fees = of_year(fees, following)
    once = activation(what, following) if following.start == contract.trial_until else []
    return [*fees, *once, *add_ons(contract, following)]


def next_invoice(
    contract: Contract, begins: Sequence[NewLine], changed: Sequence[NewLine], *, put_there: bool
) -> Money:
    """Of what begins, and of what is owed of earlier cycles and this one and on no invoice yet, with the taxes on top of all
    of it. No invoice asks for less than nothing: what is given back beyond it is taken off the ones after.

    put_there   what the change costs is charged with it, and not now; what it gives back always is
    """
    assert contract.cycle_number is not None
    buyer = contract.customer

    def asked(lines: Sequence[NewLine]) -> Money:
        all_of = taxed(lines, buyer.country, buyer.tax_id)
        return total([line.amount for line in all_of], contract.currency)

    known = unbilled(contract, to_repair(contract, contract.cycle_number + 1, metering.cycles(contract.id)))
    mine = changed if put_there or asked(changed).minor < 0 else []
    fit = fitting(contract, begins, [*known, *mine])
    return max(asked(fit), Money(0, contract.currency))
