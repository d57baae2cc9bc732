"""Settings of the first days of a contract: a trial, whose fees nobody pays (INV-10), and regret (CON-10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from abono.domain.settings.types import Scope, Setting

TRIAL_DAYS: Setting[int] = Setting(
    key="trial_days",
    rule="INV-10",
    says="For how many days, its first one among them, the first contract of an organization is tried before its fees begin; 0:"
    " there is no trial. For what is contracted from then on.",
    allowed=Annotated[int, Field(ge=0, le=180)],
    shipped=0,
    scopes=(Scope.SELLER, Scope.PLAN),
)
TRIAL_INTERACTIONS: Setting[str] = Setting(
    key="trial_interactions",
    rule="INV-10",
    says="Whether interactions of a trial count: those beyond the plan's allowance are billed with the first invoice, or all of"
    " them are free.",
    allowed=Literal["count", "free"],
    shipped="count",
    scopes=(Scope.SELLER, Scope.PLAN),
)
TRIAL_SENDS: Setting[str] = Setting(
    key="trial_sends",
    rule="INV-10",
    says="Who bears the sends of a trial: the seller, up to trial_sends_percent of the package, then they are refused; the"
    " package, which is there as in every cycle, and what is beyond it is billed; or the customer: they have no package, and all of"
    " them are billed with the first invoice. Whoever gives the contract back within its trial owes none of them.",
    allowed=Literal["seller", "package", "customer"],
    shipped="seller",
    scopes=(Scope.SELLER, Scope.PLAN),
)
TRIAL_SENDS_PERCENT: Setting[int] = Setting(
    key="trial_sends_percent",
    rule="INV-10",
    says="How much of a trial's sends the seller bears, where it does, in percent of the package's value.",
    allowed=Annotated[int, Field(ge=0, le=100)],
    shipped=10,
    scopes=(Scope.SELLER, Scope.PLAN),
)

REGRET_WITHIN = Setting(
    key="regret_within",
    rule="CON-10",
    says="How many days after its day of adhesion a contract can be ended with a full refund; whoever contracts with a CPF has"
    " seven at least.",
    allowed=Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=90))],
    shipped=timedelta(days=7),
)

OF_TRIALS: tuple[Setting[Any], ...] = (
    REGRET_WITHIN,
    TRIAL_DAYS,
    TRIAL_INTERACTIONS,
    TRIAL_SENDS,
    TRIAL_SENDS_PERCENT,
)
