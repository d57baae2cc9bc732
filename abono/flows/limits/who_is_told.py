"""Who is told of which level before the block: the levels that are told of at all (LIM-3), and whom the customer chose (NOT-1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from abono.domain.contracts.types import ContractInfo
from abono.domain.metering.rules import Level
from abono.domain.notices import queries as notices
from abono.domain.notices.types import Audience, Choice
from abono.domain.settings import queries as settings
from abono.domain.settings.known import WARN_LEVELS
from abono.domain.settings.types import Whose

Told = Mapping[Level, frozenset[Audience]]


def who_is_told(contract: ContractInfo, *, at: datetime, choices: Iterable[Choice] | None = None) -> Told:
    """By level, in the order of their amounts; a level of which nobody is told at `at` is not there.

    choices   the customer's, where the caller knows them
    """
    known = notices.choices(contract.customer_id) if choices is None else choices
    chosen = {choice.kind: choice.told for choice in known}
    return {level: chosen[level.value] for level in levels_told(contract, at=at)}


def levels_told(contract: ContractInfo, *, at: datetime) -> tuple[Level, ...]:
    """The levels before the block of which people are told. The block always is."""
    told = settings.value(WARN_LEVELS, whose=Whose(contract.plan_code, contract.id), at=at)
    return tuple(level for level in Level if level in told)
