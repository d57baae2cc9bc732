"""Contracts that are being made, as others see them: the orders of the site and of the API."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from abono.domain.contracts.models import Signup
from abono.domain.contracts.states import State
from abono.domain.contracts.types import Draft
from abono.kernel.ids import public
from abono.platform.given import given


def listed(
    *,
    customer_id: UUID | None = None,
    contract_id: UUID | None = None,
    paid: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Draft]:
    """Drafts, newest first, at most `limit`; with a customer those that led to its contracts (ACC-2).

    since, until   when they were begun, in `[since, until)`
    before         the id of the last one of the page before
    """
    wanted = given(
        contract__customer_id=customer_id,
        contract_id=contract_id,
        created_at__gte=since,
        created_at__lt=until,
        id__lt=before,
    )
    found = Signup.objects.filter(**wanted).order_by("-id")
    if paid is not None:
        unpaid = Q(contract=None) | Q(contract__state=State.PENDING.value)
        found = found.exclude(unpaid) if paid else found.filter(unpaid)
    return [draft_of(row) for row in found[:limit]]


def draft_of(signup: Signup) -> Draft:
    """A row as others see it."""
    return Draft(
        id=signup.id,
        public_id=public("sig", signup.id),
        currency=signup.currency,
        plan_code=signup.plan_code,
        package_code=signup.package_code,
        interval=signup.interval,
        language=signup.language,
        typed=dict(signup.typed),
        contract_id=signup.contract_id,
        buyer_id=signup.buyer_id,
        declined=signup.declined,
        created_at=signup.created_at,
    )
