"""The levels of a cycle (LIM-3) and what a person sees of them (SEE-4): here, and in sql/warn_v1.sql, which crosses them."""

from __future__ import annotations

from enum import Enum, StrEnum

from abono.kernel import rating

WARN_PERCENT = 80  # of the package
WARN_LIMIT_PERCENT = 90  # of the limit


class Level(StrEnum):
    """Amounts at which somebody is told, and the block."""

    PACKAGE_80 = "package_80"
    PACKAGE_100 = "package_100"
    LIMIT_90 = "limit_90"
    BLOCKED = "blocked"
    OWN_CAP = "own_cap"  # the customer's own cap stops sends (LIM-5)


class SendingState(Enum):
    """What the person sees of the package."""

    OK = "ok"
    WARNING = "warning"  # 80 % of the package are held or used
    OVERAGE = "overage"  # more than the package
    CAPPED = "capped"  # the customer's own cap is reached; only price 0 goes out (LIM-5)
    BLOCKED = "blocked"  # a send did not fit; only price 0 goes out
    RESTRICTED = (
        "restricted"  # the contract is, so that nothing goes out (END-1); no cycle knows that by itself
    )


def marks(*, value_micro: int, ceiling_micro: int) -> dict[Level, int]:
    """The amounts at which warnings go out, in millionths, rounded up; and where sending ends.

    A package of value 0 has no marks of its own; an unlimited contract has none of the limit.
    """
    found: dict[Level, int] = {}
    if value_micro > 0:
        found[Level.PACKAGE_80] = _share(value_micro, WARN_PERCENT)
        found[Level.PACKAGE_100] = value_micro
    if 0 < ceiling_micro < rating.UNLIMITED:
        found[Level.LIMIT_90] = _share(ceiling_micro, WARN_LIMIT_PERCENT)
        found[Level.BLOCKED] = ceiling_micro
    return found


def sending_state(
    *, total_micro: int, value_micro: int, ceiling_micro: int, blocked: bool, capped: bool
) -> SendingState:
    """`blocked` and `capped` are whether a send was refused: the amounts do not tell."""
    if blocked:
        return SendingState.BLOCKED
    if capped:
        return SendingState.CAPPED
    if total_micro > value_micro:
        return SendingState.OVERAGE
    warning = marks(value_micro=value_micro, ceiling_micro=ceiling_micro).get(Level.PACKAGE_80)
    return SendingState.OK if warning is None or total_micro < warning else SendingState.WARNING


def _share(amount_micro: int, percent: int) -> int:
    return -(-amount_micro * percent // 100)
