"""The ways out that a refused send is told of: asked of the database, and for a second remembered by contract."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from msgspec.structs import replace

from abono.domain.contracts.hot import Contract
from abono.domain.metering import hot
from abono.domain.metering.queries import to_balance
from abono.domain.metering.types import Balance
from abono.flows.limits.ways_out import STATEMENT, asked_of, read
from abono.flows.usage.said import Said, Word

LIFETIME_S = 1.0  # a blocked contract may be asked for thousands of times a second
MOST = 10_000  # contracts that are remembered

type Ask = Callable[..., Awaitable[list[tuple[Any, ...]]]]


class Remembered:
    """Ways out by contract."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def told(self, said: Sequence[Said], whose: Sequence[Contract | None], now: datetime) -> list[Said]:
        """The answers, those that say that sending is blocked with what opens it."""
        told = list(said)
        for n, (one, contract) in enumerate(zip(said, whose, strict=True)):
            if Word.SENDING_BLOCKED in (one.word, one.why) and contract is not None:
                told[n] = replace(one, ways_out=await self._of(contract, now))
        return told

    async def of_cycle(self, found: Balance, at: datetime) -> tuple[str, ...]:
        """The ways out of this cycle's block; `at` is on the customer's clock."""
        rows = await self._ask(STATEMENT, *asked_of(found.contract_id, found.cycle.start, at))
        return read(rows[0] if rows else None, found).words

    async def _of(self, contract: Contract, now: datetime) -> tuple[str, ...]:
        until, ways = self._known.get(contract.text, (0.0, ()))
        if until > monotonic():
            return ways
        at = now + timedelta(seconds=contract.offset_s)
        rows = await self._ask(hot.BALANCE, *hot.of_cycles(contract.id, at))
        ways = await self.of_cycle(to_balance(rows[0]), at) if rows else ()
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[contract.text] = (monotonic() + LIFETIME_S, ways)
        return ways
