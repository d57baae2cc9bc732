"""What can be read in the fast lane: how a contract stands, and how one send does."""

from __future__ import annotations

from datetime import datetime, timedelta

from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.hot import Contract
from abono.domain.identity.keys import Key
from abono.domain.metering import hot
from abono.domain.metering.errors import NoCycle
from abono.domain.metering.queries import to_balance
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import Balance
from abono.domain.settings.known import HOLD_LASTS
from abono.domain.usage.receipts import RECEIPT, Receipt, of_send, to_receipt
from abono.entrypoints.meter import problems
from abono.entrypoints.meter.engine import Engine
from abono.entrypoints.meter.protocol import wire
from abono.flows.usage.said import WAYS_OUT, Word
from abono.kernel.ids import event_key
from abono.platform.web.problems import refused


async def balance(engine: Engine, key: Key, name: str, now: datetime) -> wire.BalanceAnswer:
    """GET /v1/balances/{contract}: the cycle of the present moment. Raises Problem (404: no_contract, no_cycle)."""
    contract = await _contract(engine, key, name)
    at = now + timedelta(seconds=contract.offset_s)
    rows = await engine.rows(hot.BALANCE, *hot.of_cycles(contract.id, at))
    found = to_balance(rows[0]) if rows else None
    if found is None or at not in found.cycle:
        raise refused(NoCycle())
    return _balance(name, contract, found, await _ways_out(engine, found, at))


async def receipt(engine: Engine, key: Key, contract: str, name: str, now: datetime) -> wire.ReceiptAnswer:
    """GET /v1/sends/{contract}/{id}: one send by the caller's own id (PKG-8). Raises Problem (404: no_contract, no_send)."""
    found = await _contract(engine, key, contract)
    rows = await engine.rows(RECEIPT, *of_send(found.id, event_key(name)))
    if not rows:
        raise problems.no_send()
    settings = await engine.known.settings()
    return _receipt(contract, to_receipt(rows[0], hold_lasts=settings.value(HOLD_LASTS, at=now)))


async def _contract(engine: Engine, key: Key, name: str) -> Contract:
    """Another customer's does not exist for the caller (ACC-2)."""
    found = (await engine.known.contracts({name})).get(name)
    if found is None or not key.reaches(found.customer_id):
        raise refused(NoSuchContract())
    return found


async def _ways_out(engine: Engine, found: Balance, at: datetime) -> tuple[str, ...]:
    if found.sending_state is SendingState.BLOCKED:
        return await engine.ways_out.of_cycle(found, at)
    return WAYS_OUT[Word.OWN_CAP_REACHED] if found.capped else ()


def _balance(name: str, contract: Contract, found: Balance, ways_out: tuple[str, ...]) -> wire.BalanceAnswer:
    return wire.BalanceAnswer(
        contract=name,
        currency=contract.currency,
        cycle_start=found.cycle.start,
        cycle_end=found.cycle.end,
        value_micro=found.value_micro,
        ceiling_micro=None if found.unlimited else found.ceiling_micro,
        held_micro=found.held_micro,
        used_micro=found.used_micro,
        left_micro=found.left_micro,
        overage_micro=found.overage_micro,
        overage_price_percent=found.overage_percent,
        overage_price_micro=found.overage_price_micro,
        sending_state=SendingState.RESTRICTED if contract.restricted else found.sending_state,
        blocked_at=found.blocked_at,
        ways_out=ways_out,
        cap_micro=found.cap_micro,
        budgets=[
            wire.ChannelBudget(own.channel, own.budget_micro, own.total_micro, own.left_micro)
            for own in found.budgets
        ],
        interactions=wire.Allowance(
            found.included_interactions, found.interactions, found.extra_interactions
        ),
    )


def _receipt(contract: str, found: Receipt) -> wire.ReceiptAnswer:
    row = None
    if found.package is not None and found.valid_from is not None:
        row = wire.PriceRow(found.package, found.channel, found.kind, found.country, found.valid_from)
    return wire.ReceiptAnswer(
        id=found.id,
        contract=contract,
        state=found.state,
        channel=found.channel,
        kind=found.kind,
        country=found.country,
        units=found.units,
        price_micro=found.price_micro,
        drawn_micro=found.drawn_micro,
        counted_as=found.counted_as,
        price_row=row,
        package_micro=found.package_micro,
        overage_micro=found.overage_micro,
        overage_price_percent=found.overage_percent,
        cycle_start=found.cycle_start,
        held_at=found.held_at,
        expires_at=found.expires_at,
        settled_at=found.settled_at,
        campaign=found.campaign,
    )
