"""A package that is used up, and a card that does what it is told."""

from __future__ import annotations

from datetime import datetime

from abono.domain.metering import queries as metering
from abono.domain.metering.types import HoldStatus
from abono.domain.payments.models import PaymentMethod
from abono.platform import clock
from tests.world import Tenant, use


def balance(tenant: Tenant):
    return metering.balance(contract_id=tenant.contract_id, at=clock.now())


def use_up(tenant: Tenant, at: datetime) -> None:
    """R$ 200 of ceiling at 0.55 are 363 sends; the 364th is refused, and sending is blocked."""
    assert use(tenant.contract_id, 364, at=at)[-1].status is HoldStatus.BLOCKED


def set_card(tenant: Tenant, behaviour: str) -> None:
    PaymentMethod.objects.filter(customer_id=tenant.customer_id).update(token=f"{behaviour}|9")
