"""What the next invoice has of a change that is quoted: fees, add-ons and taxes of what begins then (CHG-1, CAT-11)."""

from __future__ import annotations

from collections.abc import Sequence

from abono.domain.contracts.models import Change, Contract
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import NewLine
from abono.domain.metering.types import Balance
from abono.flows.charges.ahead import billed_ahead
from abono.flows.charges.cycles import cycle_of, number_at
from abono.flows.charges.discounts import discount_in
from abono.flows.charges.fees import activation, add_ons, asking, fitting, going_on, of_year, unbilled, whole
from abono.flows.charges.held import Held, agreed, arranged_at, held
from abono.flows.charges.lines import to_repair
from abono.flows.charges.paid_for import paid_for
from abono.flows.quotes.step_down import begins
from abono.kernel.money import Money, total
from abono.kernel.periods import Period


def coming(
    contract: Contract,
    until_then: tuple[Held, Held],
    sold: Held,
    plan: Held,
    pending: Change | None,
    cycle: Period,
) -> tuple[list[NewLine], list[NewLine]]:
    """What is billed when the next cycle begins if `sold` is accepted: a part that it leaves as it is may have been promised
    otherwise for then (CAT-5). And what it takes off a paid year (CAT-10).

    until_then   what holds before the change, and from it on until the next cycle
    plan         with the plan that it leads to by then
    """
    before, between = until_then
    following = _following(contract, cycle)
    gives_way = pending is not None and cycle.end in begins(pending)
    promised = held(contract.without_last(cycle.end) if gives_way else contract.at(cycle.end))
    same = (before.plan.id, before.by_year) == (plan.plan.id, plan.by_year)
    of_plan = promised if same else plan
    of_package = promised if before.package.id == sold.package.id else sold
    what = Held(of_plan.plan, of_plan.price, of_package.package, sold.extra_licences)
    interval = what.price.interval
    pays = paid_for(contract, following, interval)
    own = arranged_at(contract, cycle.end, plan_since=pays.plan.begins, interval=interval)
    what, discount = agreed(what, own), discount_in(contract, following.start)
    fees = whole(what, pays, discount)
    of_paid_year = None if pays.year is None else discount_in(contract, pays.year.begins)
    less = going_on(between, what, pays, of_paid_year)
    if not billed_ahead(what.plan.code, contract.id, at=cycle.end):
        fees = of_year(fees, following)
    once = activation(what, following) if following.start == contract.trial_until else []
    return [*fees, *once, *add_ons(contract, following)], less


def _following(contract: Contract, cycle: Period) -> Period:
    """The next cycle. How long it is matters after a trial only, where it may be a part of its month."""
    if contract.in_trial(cycle):
        return cycle_of(contract, number_at(contract, cycle.end))
    return Period(cycle.end, cycle.end + (cycle.end - cycle.start))


def next_invoice(
    contract: Contract,
    begins: tuple[Sequence[NewLine], Sequence[NewLine]],
    changed: Sequence[NewLine],
    opened: Sequence[Balance],
    *,
    put_there: bool,
) -> Money:
    """Of what begins, and of what is owed of earlier cycles and this one and on no invoice yet, with the taxes on top of all
    of it. No invoice asks for less than nothing: what is given back beyond it is taken off the ones after.

    begins      see `coming`
    opened      `metering.queries.cycles` of the contract
    put_there   what the change costs is charged with it, and not now; what it gives back always is
    """
    assert contract.cycle_number is not None
    buyer = contract.customer

    def asked(lines: Sequence[NewLine]) -> Money:
        all_of = taxed(lines, buyer.country, buyer.tax_id)
        return total([line.amount for line in all_of], contract.currency)

    cycle = contract.cycle
    assert cycle is not None
    known = unbilled(contract, to_repair(contract, contract.cycle_number + 1, opened))
    mine = changed if put_there or asked(changed).minor < 0 else []
    earlier = [line for line in known if line.period.start not in cycle]
    of_cycle = [line for line in known if line.period.start in cycle]
    fees, less = begins
    fit = fitting(contract, fees, [*less, *earlier, *asking(contract, [*of_cycle, *mine])])
    return max(asked(fit), Money(0, contract.currency))
