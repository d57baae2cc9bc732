"""Settings of licences in use: how long a lease lasts, who may be in, and what becomes of the others (LIC-1…4, LIC-7, LIC-8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from abono.domain.settings.types import Scope, Setting

_SCOPES = (Scope.SELLER, Scope.PLAN, Scope.CONTRACT)
_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def _time(
    key: str, rule: str, says: str, *, least: timedelta, most: timedelta, shipped: timedelta
) -> Setting[timedelta]:
    allowed = Annotated[timedelta, Field(ge=least, le=most)]
    return Setting(key=key, rule=rule, says=says, allowed=allowed, shipped=shipped, scopes=_SCOPES)


def _word(key: str, rule: str, says: str, allowed: Any) -> Setting[str]:
    """One of the words of a literal: the first as it ships."""
    shipped = get_args(allowed)[0]
    return Setting(key=key, rule=rule, says=says, allowed=allowed, shipped=shipped, scopes=_SCOPES)


LEASE_HEARTBEAT = _time(
    "lease_heartbeat",
    "LIC-1",
    "How often an application says that somebody is still in; at least twice while a lease lasts.",
    least=10 * _SECOND,
    most=60 * _MINUTE,
    shipped=_MINUTE,
)
LEASE_LASTS = _time(
    "lease_lasts",
    "LIC-1",
    "How long a lease lasts without a heartbeat before somebody else may take it.",
    least=_MINUTE,
    most=timedelta(days=1),
    shipped=5 * _MINUTE,
)
LEASE_SECOND_DEVICE = _word(
    "lease_second_device",
    "LIC-3",
    "Whether somebody who comes in on a second device takes their lease over from the first, which is told why, or both"
    " share it.",
    Literal["takes_over", "shares"],
)
LEASE_SET_ASIDE = _time(
    "lease_set_aside",
    "LIC-7",
    "How long a licence that comes free is set aside for the first who waits, before it goes to the next.",
    least=10 * _SECOND,
    most=10 * _MINUTE,
    shipped=30 * _SECOND,
)
LEASE_IDLE: Setting[timedelta | str] = Setting(
    key="lease_idle",
    rule="LIC-8",
    says="After how long without doing anything, as the application says it, the lease of somebody may go to who waits; or never.",
    allowed=Annotated[timedelta, Field(ge=_MINUTE, le=timedelta(days=1))] | Literal["never"],
    shipped="never",
    scopes=_SCOPES,
)
LICENCES_OVER_PERCENT: Setting[int | str] = Setting(
    key="licences_over_percent",
    rule="LIC-4",
    says="How many more people than the licences of a contract may be in, in percent of them, rather than be refused; the highest"
    " number of a cycle is billed with the next invoice, at the price of extra licences. 0: all others are refused.",
    allowed=Annotated[int, Field(ge=0, le=1_000)] | Literal["unlimited"],
    shipped=0,
    scopes=_SCOPES,
)
LICENCES_REDUCED = _word(
    "licences_reduced",
    "LIC-2",
    "Who goes when a contract owns fewer licences than are in use: nobody, so that others come in once there is room, or"
    " those who have been idle longest, who are told why.",
    Literal["nobody", "longest_idle"],
)
SIGNING_KEY_LASTS = Setting(
    key="signing_key_lasts",
    rule="LIC-11",
    says="How long one key signs the proofs that come with leases, before the next one does.",
    allowed=Annotated[timedelta, Field(ge=timedelta(days=1), le=timedelta(days=730))],
    shipped=timedelta(days=90),
    scopes=(Scope.SELLER,),
)

OF_LICENCES: tuple[Setting[Any], ...] = (
    LEASE_HEARTBEAT,
    LEASE_IDLE,
    LEASE_LASTS,
    LEASE_SECOND_DEVICE,
    LEASE_SET_ASIDE,
    LICENCES_OVER_PERCENT,
    LICENCES_REDUCED,
    SIGNING_KEY_LASTS,
)
