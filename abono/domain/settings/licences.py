"""Settings of licences in use: how long a lease lasts, who may be in, and what becomes of the others (LIC-1…4, LIC-7, LIC-8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from abono.domain.settings.types import Scope, Setting

_SCOPES = (Scope.SELLER, Scope.PLAN, Scope.CONTRACT)
_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)

LEASE_HEARTBEAT = Setting(
    key="lease_heartbeat",
    rule="LIC-1",
    says="How often an application says that somebody is still in; at least twice while a lease lasts.",
    allowed=Annotated[timedelta, Field(ge=10 * _SECOND, le=60 * _MINUTE)],
    shipped=_MINUTE,
    scopes=_SCOPES,
)
LEASE_LASTS = Setting(
    key="lease_lasts",
    rule="LIC-1",
    says="How long a lease lasts without a heartbeat before somebody else may take it.",
    allowed=Annotated[timedelta, Field(ge=_MINUTE, le=timedelta(days=1))],
    shipped=5 * _MINUTE,
    scopes=_SCOPES,
)
LEASE_SECOND_DEVICE: Setting[str] = Setting(
    key="lease_second_device",
    rule="LIC-3",
    says="Whether somebody who comes in on a second device takes their lease over from the first, which is told why, or both"
    " share it.",
    allowed=Literal["takes_over", "shares"],
    shipped="takes_over",
    scopes=_SCOPES,
)
LEASE_SET_ASIDE = Setting(
    key="lease_set_aside",
    rule="LIC-7",
    says="How long a licence that comes free is set aside for the first who waits, before it goes to the next.",
    allowed=Annotated[timedelta, Field(ge=10 * _SECOND, le=10 * _MINUTE)],
    shipped=30 * _SECOND,
    scopes=_SCOPES,
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
LICENCES_REDUCED: Setting[str] = Setting(
    key="licences_reduced",
    rule="LIC-2",
    says="Who goes when a contract owns fewer licences than are in use: nobody, so that others come in once there is room, or"
    " those who have been idle longest, who are told why.",
    allowed=Literal["nobody", "longest_idle"],
    shipped="nobody",
    scopes=_SCOPES,
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
