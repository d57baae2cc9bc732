"""Give a contract a coupon: with its order, or while it runs, from its next cycle on (INV-8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractEnding, ContractNotRunning
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.coupons import actions as coupons
from abono.domain.coupons import queries, rules
from abono.domain.coupons.errors import CouponRunning, NoCouponRuns, NotAsSeen
from abono.domain.coupons.rules import Wanted, in_cycle
from abono.domain.coupons.types import Buyer, CouponInfo, Redeemed
from abono.flows import locks
from abono.flows.billing.preview import Preview, preview
from abono.flows.billing.renew import catch_up
from abono.flows.charges.lines import billed_now
from abono.kernel.ids import uuid7
from abono.platform.idempotency import Ask

type Choice = tuple[str, str, str]
"""Codes of plan and package, and the currency."""


def usable(
    code: str, choice: Choice, *, buyer: Buyer | None, now: datetime, contract_id: UUID | None = None
) -> CouponInfo:
    """The coupon with this code, once it is for who wants it and what for.

    buyer         who contracts; None where nobody has said it yet, so that only what is known is looked at
    contract_id   for which it is wanted, which does not count

    Raises CouponUnknown, CouponNotValid, CouponElsewhere, CouponOnlyFirst, CouponTwice, CouponUsedUp.
    """
    coupon, without = queries.called(code), contract_id or uuid7()
    wanted = Wanted(*choice, country="")
    if buyer is not None:
        had = contracts.had_before(country=buyer.country, tax_ids=buyer.tax_ids, without=without)
        each = queries.times(coupon.id, buyer, without=without)
        wanted = Wanted(*choice, country=buyer.country, first=not had, each=each)
    rules.check(coupon, wanted, now=now)
    return coupon


def redeem_with_order(
    code: str,
    choice: Choice,
    *,
    buyer: Buyer,
    contract_id: UUID,
    customer_id: UUID,
    first_cycle: int,
    actor: str,
    now: datetime,
) -> None:
    """From the first cycle on that has fees. The caller holds the order, or has just made the contract. Raises as `usable`."""
    with locks.coupon(queries.called(code).id):
        coupon = usable(code, choice, buyer=buyer, contract_id=contract_id, now=now)
        coupons.forget(contract_id)
        coupons.write(contract_id, coupon_id=coupon.id, first_cycle=first_cycle, actor=actor, now=now)
        coupons.record(
            "coupon.redeemed", contract_id, customer_id=customer_id, actor=actor, now=now, code=coupon.code
        )


def redeem_coupon(
    *,
    contract_id: UUID,
    code: str,
    actor: str,
    now: datetime,
    customer_id: UUID | None = None,
    seen: str | None = None,
    ask: Ask | None = None,
) -> Redeemed:
    """From the next cycle on: the current one is billed.

    customer_id   whose contract it has to be (ACC-2)
    seen          of the preview that was looked at, where one was
    ask           the call with its key, where the door has one: what it led to before is its result (API-2)

    Raises NoSuchContract, ContractNotRunning, CouponRunning, NotAsSeen, and as `usable`.
    """
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        catch_up(contract, now=now)
        if ask is not None and "cycle" in ask.led_to:
            return _written(contract)
        if seen is not None and _preview(contract, code, now=now).seen != seen:
            raise NotAsSeen()
        following = _redeem(contract, code, actor=actor, now=now)
        if ask is not None:
            ask.note(cycle=str(following))
        return _written(contract)


def preview_redeemed(*, contract_id: UUID, code: str, now: datetime) -> Preview:
    """What `redeem_coupon` would make of the next invoice; nothing of it is kept. Raises as that."""
    with locks.contract(contract_id) as contract:
        catch_up(contract, now=now)
        return _preview(contract, code, now=now)


def take_back_coupon(
    *,
    contract_id: UUID,
    whole: bool,
    why: str,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
) -> Redeemed:
    """The contract has its coupon no more: from the next cycle on, or, `whole`, from those on that the next invoice still looks
    at, so that it asks for what was taken off in the two before it. Raises NoSuchContract, NoCouponRuns."""
    with locks.contract(contract_id) as contract:
        catch_up(contract, now=now)
        if ask is not None and "cycle" in ask.led_to:
            return _written(contract)
        since = _take_back(contract, whole=whole, why=why, actor=actor, now=now)
        if ask is not None:
            ask.note(cycle=str(since))
        return _written(contract)


def preview_taken_back(*, contract_id: UUID, whole: bool, why: str, now: datetime) -> Preview:
    """What `take_back_coupon` would make of the next invoice; nothing of it is kept. Raises as that."""
    with locks.contract(contract_id) as contract:
        catch_up(contract, now=now)
        return preview(contract, lambda held: _take_back(held, whole=whole, why=why, actor="system", now=now))


def _preview(contract: Contract, code: str, *, now: datetime) -> Preview:
    return preview(contract, lambda held: _redeem(held, code, actor="system", now=now))


def _redeem(contract: Contract, code: str, *, actor: str, now: datetime) -> int:
    """Returns the first cycle that has it. Raises as `redeem_coupon`."""
    if State(contract.state) in RUNNING and contract.ends_at is not None:
        raise ContractEnding(contract.number)
    if State(contract.state) is not State.ACTIVE or contract.cycle_number is None:
        raise ContractNotRunning(contract.number)
    following = contract.cycle_number + 1
    running = in_cycle(queries.redeemed(contract), following)
    if running is not None and running.coupon is not None:
        raise CouponRunning(running.coupon.code)
    term, customer = contract.at(_next_start(contract)), contract.customer
    choice = term.plan.code, term.package.code, contract.currency
    buyer = Buyer(customer.country, customer.tax_id, tuple(customer.former_tax_ids))
    with locks.coupon(queries.called(code).id):
        coupon = usable(code, choice, buyer=buyer, contract_id=contract.id, now=now)
        _refuse_again(contract, coupon)
        coupons.write(contract.id, coupon_id=coupon.id, first_cycle=following, actor=actor, now=now)
    coupons.record(
        "coupon.redeemed",
        contract.id,
        customer_id=customer.id,
        actor=actor,
        now=now,
        number=contract.number,
        code=coupon.code,
        cycle=following,
    )
    return following


def _take_back(contract: Contract, *, whole: bool, why: str, actor: str, now: datetime) -> int:
    """Returns the first cycle without it. Raises as `take_back_coupon`."""
    number = -1 if contract.cycle_number is None else contract.cycle_number
    rows = queries.redeemed(contract)
    running = in_cycle(rows, number + 1) or (in_cycle(rows, number) if whole else None)
    if running is None or running.coupon is None:
        raise NoCouponRuns()
    since = max(running.first_cycle, billed_now(number + 1).start) if whole else number + 1
    coupons.write(contract.id, coupon_id=None, first_cycle=since, why=why, actor=actor, now=now)
    coupons.record(
        "coupon.taken_back",
        contract.id,
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        why=why,
        number=contract.number,
        code=running.coupon.code,
        cycle=since,
    )
    return since


def _refuse_again(contract: Contract, coupon: CouponInfo) -> None:
    """The same coupon once more on the same contract is twice, unless it may be. Raises CouponTwice."""
    before = sum(one.coupon is not None and one.coupon.id == coupon.id for one in queries.redeemed(contract))
    rules.check_again(coupon, before)


def _next_start(contract: Contract) -> datetime:
    assert contract.cycle_end is not None
    return contract.cycle_end


def _written(contract: Contract) -> Redeemed:
    """What was written last."""
    return queries.of_contract(contract.id)[-1]
