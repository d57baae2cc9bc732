"""What each address does: look up, submit to a lane, answer event by event.

Who serves it lends an engine: the fast lane its own, Django the one of `at_once`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from datetime import timedelta
from typing import Any

from abono.domain.interactions.types import ObserveStatus
from abono.domain.metering import hot
from abono.domain.metering.queries import to_balance
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import Balance, HoldStatus, Outcome, SettleStatus, keyed
from abono.entrypoints.meter.protocol import reading, wire
from abono.entrypoints.meter.protocol.callers import Caller, Contract, Engine
from abono.entrypoints.meter.protocol.wire import Result
from abono.flows.usage.chains import chain
from abono.kernel.ids import event_key
from abono.platform import clock
from abono.platform.batches import literal, moment, quoted

AHEAD = timedelta(minutes=5)  # clocks of others may run fast by so much
WAYS_OUT = ("pay_interim_invoice", "raise_package")  # LIM-4: either is enough
RAISE_CAP = ("raise_own_cap",)  # LIM-5

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch
_REPLAYED = int(
    HoldStatus.REPLAYED
)  # the numbers up to it grant; bare, because it is compared for every event
OUTCOMES = {"sent": "1", "delivered": "1", "not_delivered": "1", "rejected": "2"}
_HOLD_REFUSED = {
    HoldStatus.CLASH: "id_reused",
    HoldStatus.BLOCKED: "sending_blocked",
    HoldStatus.NO_PRICE: "no_price",
    HoldStatus.NO_CYCLE: "no_cycle",
    HoldStatus.CAPPED: "own_cap_reached",
    HoldStatus.OVER_BUDGET: "channel_budget_reached",
}
_WAYS_OUT = {
    HoldStatus.BLOCKED: WAYS_OUT,
    HoldStatus.CAPPED: RAISE_CAP,
    HoldStatus.OVER_BUDGET: ("raise_channel_budget",),
}
_SETTLE_REFUSED = {
    SettleStatus.CLASH: "already_settled",
    SettleStatus.EXPIRED: "hold_expired",
    SettleStatus.UNKNOWN_SEND: "no_send",
}
_OBSERVE_REFUSED = {
    ObserveStatus.CLASH: "id_reused",
    ObserveStatus.NO_CYCLE: "no_cycle",
    ObserveStatus.UNKNOWN_KIND: "unknown_kind",
    ObserveStatus.TOO_LATE: "too_late",
}


async def hold(engine: Engine, caller: Caller, sends: list[wire.Send]) -> list[Result]:
    """POST /v1/holds: set package value aside before sending (PKG-5)."""
    contracts = await reachable(engine, caller, {send.contract for send in sends})
    routes = await engine.known.routes({(s.channel, s.kind, s.country) for s in sends})
    stated = {send.channel for send in sends if send.use is not None}
    uses = await engine.known.channels(stated) if stated else {}
    results = [Result(send.id, "refused") for send in sends]
    rows: list[tuple[str, int, str, str, str]] = []
    asked: list[int] = []
    for n, send in enumerate(sends):
        contract = contracts.get(send.contract)
        route = routes.get((send.channel, send.kind, send.country)) or routes.get(
            (send.channel, send.kind, "*")
        )
        if contract is None:
            results[n].code = "no_contract"
        elif "\0" in send.id:
            results[n].code = "invalid_id"
        elif route is None:
            results[n].code = "no_price"
        elif send.use is not None and send.use not in uses[send.channel]:
            results[n].code = "use_not_allowed"
        else:
            key, reference = key_of(send.id)
            rows.append((contract.text, contract.offset_s, key, str(route), reference))
            asked.append(n)
    if rows:
        replayed = _answer_holds(results, asked, await engine.holds.submit(rows))
        if replayed:
            await _tell_outcomes(engine, results, asked, rows, replayed)
    return results


async def settle(engine: Engine, caller: Caller, settlements: list[wire.Settlement]) -> list[Result]:
    """POST /v1/settlements: say how sends ended (PKG-4)."""
    contracts = await reachable(engine, caller, {s.contract for s in settlements})
    results = [Result(settlement.id, "refused") for settlement in settlements]
    rows: list[tuple[str, int, str, str]] = []
    asked: list[int] = []
    for n, settlement in enumerate(settlements):
        contract = contracts.get(settlement.contract)
        if contract is None:
            results[n].code = "no_contract"
        else:
            key, _ = key_of(settlement.id)
            rows.append((contract.text, contract.offset_s, key, OUTCOMES[settlement.outcome]))
            asked.append(n)
    if rows:
        told = await engine.settlements.submit(rows)
        for n, (status, price), row in zip(asked, told, rows, strict=True):
            result = results[n]
            if status in (SettleStatus.SETTLED, SettleStatus.REPLAYED):
                result.status, result.replayed = "settled", status == SettleStatus.REPLAYED
                result.outcome, result.price_micro = Outcome(int(row[3])).name.lower(), price
            else:
                result.code = _SETTLE_REFUSED[status]
    return results


async def observe(engine: Engine, caller: Caller, events: list[wire.Event]) -> list[Result]:
    """POST /v1/interactions: tell of contact events (INT-2)."""
    contracts = await reachable(engine, caller, {event.contract for event in events})
    channels = await engine.known.channels({event.channel for event in events})
    results = [Result(event.id, "refused") for event in events]
    now = clock.now()
    rows: list[tuple[str, ...]] = []
    asked: list[int] = []
    for n, event in enumerate(events):
        contract = contracts.get(event.contract)
        if contract is None:
            results[n].code = "no_contract"
        elif "\0" in event.kind:
            results[n].code = "unknown_kind"
        elif event.channel not in channels:
            results[n].code = "unknown_channel"
        elif event.at > (present := now + timedelta(seconds=contract.offset_s)) + AHEAD:
            results[n].code = "in_the_future"
        else:
            key, _ = key_of(event.id)
            rows.append(
                (
                    contract.text,
                    key,
                    str(event_key(event.contact)),
                    quoted(chain(event.channel)),
                    quoted(event.kind),
                    moment(event.at),
                    moment(present),
                )
            )
            asked.append(n)
    if rows:
        told = await engine.interactions.submit(rows)
        for n, (status,) in zip(asked, told, strict=True):
            if status in _OBSERVE_REFUSED:
                results[n].code = _OBSERVE_REFUSED[status]
            elif status == ObserveStatus.REPLAYED:
                results[n].status, results[n].replayed = "known", True
            else:
                results[n].status = ObserveStatus(status).name.lower()
    return results


async def balance(engine: Engine, caller: Caller, name: str) -> wire.BalanceAnswer:
    """GET /v1/balances/{contract}: the cycle of the present moment."""
    contracts = await reachable(engine, caller, {name})
    if name not in contracts:
        raise reading.no_contract()
    contract = contracts[name]
    at = clock.shifted(contract.offset_s)
    rows = await engine.rows(hot.BALANCE, *hot.of_cycles(contract.id, at))
    found = to_balance(rows[0]) if rows else None
    if found is None or at not in found.cycle:
        raise reading.no_cycle()
    return _balance_answer(name, contract, found)


def key_of(text: str) -> tuple[str, str]:
    """The key of a caller's id and its reference, packed; as metering.types.keyed, but without making a UUID."""
    if _UUID7(text):
        return text, "NULL"
    key, reference = keyed(text)
    return str(key), quoted(reference)


async def reachable(engine: Engine, caller: Caller, names: Set[str]) -> Mapping[str, Contract]:
    """Contracts by public id; another customer's does not exist for the caller (ACC-2)."""
    found = await engine.known.contracts(names)
    if caller.customer_id is None:
        return found
    return {name: contract for name, contract in found.items() if caller.may_reach(contract)}


def _answer_holds(results: list[Result], asked: list[int], told: Sequence[tuple[Any, ...]]) -> list[int]:
    """Fill in the answers; returns the places in `asked` of the replays."""
    replayed = []
    for place, (n, (status, price, remaining)) in enumerate(zip(asked, told, strict=True)):
        result = results[n]
        if status <= _REPLAYED:
            result.status, result.price_micro, result.left_micro = "held", price, hot.left(remaining)
            if status == _REPLAYED:
                result.replayed = True
                replayed.append(place)
        else:
            result.code = _HOLD_REFUSED[status]
            if status in _WAYS_OUT:
                result.price_micro, result.left_micro = price, hot.left(remaining)
                result.ways_out = _WAYS_OUT[status]
    return replayed


async def _tell_outcomes(
    engine: Engine,
    results: list[Result],
    asked: list[int],
    rows: Sequence[tuple[Any, ...]],
    replayed: list[int],
) -> None:
    """A replayed hold may have ended since: who asks again must not send on it once more."""
    contracts, sends = ([rows[place][which] for place in replayed] for which in (0, 2))
    outcomes = await engine.rows(hot.OUTCOMES, literal(contracts), literal(sends))
    for n, outcome in outcomes:
        results[asked[replayed[n - 1]]].outcome = Outcome(outcome).name.lower()


def _ways_out(found: Balance) -> tuple[str, ...]:
    if found.sending_state is SendingState.BLOCKED:
        return WAYS_OUT
    return RAISE_CAP if found.capped else ()


def _balance_answer(name: str, contract: Contract, found: Balance) -> wire.BalanceAnswer:
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
        sending_state=found.sending_state.value,
        blocked_at=found.blocked_at,
        ways_out=_ways_out(found),
        cap_micro=found.cap_micro,
        budgets=[
            wire.ChannelBudget(own.channel, own.budget_micro, own.total_micro, own.left_micro)
            for own in found.budgets
        ],
        interactions=wire.Allowance(
            found.included_interactions, found.interactions, found.extra_interactions
        ),
    )
