from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from abono.domain.coupons import queries
from abono.domain.coupons.errors import CodeTaken, CouponEnded, NoSuchCoupon
from abono.domain.coupons.models import Coupon, Redemption
from abono.domain.coupons.types import CouponInfo, NewCoupon
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def make(new: NewCoupon, *, why: str, actor: str, now: datetime) -> CouponInfo:
    """Raises CodeTaken."""
    coupon, fresh = Coupon.objects.get_or_create(
        code=new.code.strip().upper(),
        defaults={
            "rate_micro": new.rate_micro,
            "amounts": None if new.amounts is None else dict(new.amounts),
            "cycles": new.cycles,
            "valid_from": new.valid_from,
            "valid_until": new.valid_until,
            "plans": list(new.plans),
            "packages": list(new.packages),
            "countries": list(new.countries),
            "first_only": new.first_only,
            "most": new.most,
            "most_each": new.most_each,
            "why": why,
            "made_by": actor,
            "made_at": now,
        },
    )
    if not fresh:
        raise CodeTaken()
    _record("coupon.made", coupon, actor=actor, now=now, why=why)
    return queries.info(coupon)


@use_case
def end(coupon_id: UUID, *, why: str, actor: str, now: datetime) -> CouponInfo:
    """From now on nobody gets it; contracts that have it keep it. Whoever ended it for the same reason is answered as then.
    Raises NoSuchCoupon, CouponEnded."""
    mine = Coupon.objects.filter(id=coupon_id)
    if mine.filter(ended_at=None).update(ended_at=now, ended_by=actor, ended_why=why):
        _record("coupon.ended", mine.get(), actor=actor, now=now, why=why)
    elif not mine.filter(ended_by=actor, ended_why=why).exists():
        queries.get(coupon_id)
        raise CouponEnded()
    return queries.get(coupon_id)


def lock(coupon_id: UUID) -> Coupon:
    """Hold it until the transaction ends, so that nobody else counts meanwhile; `flows.locks` knows when. Raises
    NoSuchCoupon."""
    coupon = Coupon.objects.select_for_update().filter(id=coupon_id).first()
    if coupon is None:
        raise NoSuchCoupon()
    return coupon


def write(
    contract_id: UUID, *, coupon_id: UUID | None, first_cycle: int, why: str = "", actor: str, now: datetime
) -> None:
    """From a cycle on the contract has a coupon, or none any more. The caller holds the contract, or has just made it, and
    the coupon."""
    last = Redemption.objects.filter(contract_id=contract_id).aggregate(last=Max("position"))["last"]
    Redemption.objects.create(
        contract_id=contract_id,
        position=(last or 0) + 1,
        coupon_id=coupon_id,
        first_cycle=first_cycle,
        why=why,
        actor=actor,
        written_at=now,
    )


def record(
    name: str, contract_id: UUID, *, customer_id: UUID, actor: str, now: datetime, why: str = "", **data: Any
) -> None:
    """That a contract got a coupon, or has it no more."""
    subject = ("contract", contract_id)
    events.record(
        name=name, subject=subject, customer_id=customer_id, actor=actor, now=now, why=why, data=data
    )


def forget(contract_id: UUID) -> None:
    """Of a contract that is not paid: a trigger refuses others."""
    Redemption.objects.filter(contract_id=contract_id).delete()


def _record(name: str, coupon: Coupon, *, actor: str, now: datetime, why: str) -> None:
    events.record(
        name=name,
        subject=("coupon", coupon.id),
        customer_id=None,
        actor=actor,
        now=now,
        why=why,
        data={"code": coupon.code},
    )
