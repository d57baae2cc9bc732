from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Count, Model, QuerySet

from abono.domain.coupons.errors import CouponUnknown, NoSuchCoupon
from abono.domain.coupons.models import Coupon, Redemption
from abono.domain.coupons.types import Buyer, CouponInfo, Redeemed
from abono.domain.customers import queries as customers
from abono.platform.given import given
from abono.platform.postgres import scope
from abono.platform.postgres.arrays import Uuids
from abono.platform.postgres.asked import Asked, Slot

_OF_MANY = Asked(
    lambda: Redemption.objects.filter(contract__any_of=Slot("contracts")).select_related("coupon")
)
_OF_CONTRACT = Asked(lambda: Redemption.objects.filter(contract_id=Slot("contract")).select_related("coupon"))


def get(coupon_id: UUID) -> CouponInfo:
    """Raises NoSuchCoupon."""
    found = _counted().filter(id=coupon_id).first()
    if found is None:
        raise NoSuchCoupon()
    return info(found)


def called(code: str) -> CouponInfo:
    """The one with a code, in letters of either size. Raises CouponUnknown."""
    with scope.over_all():
        found = _counted().filter(code=code.strip().upper().replace("\x00", "")).first()
    if found is None:
        raise CouponUnknown()
    return info(found)


def newest(*, before: UUID | None = None, limit: int = 200) -> list[CouponInfo]:
    """Coupons, newest first."""
    return [info(row) for row in _counted().filter(**given(id__lt=before)).order_by("-id")[:limit]]


def redeemed_by(coupon_id: UUID, *, before: UUID | None = None, limit: int = 200) -> list[Redeemed]:
    """The contracts that have it or had it, newest first."""
    rows = Redemption.objects.filter(coupon_id=coupon_id, **given(id__lt=before)).select_related("coupon")
    return [_redeemed(row) for row in rows.order_by("-id")[:limit]]


def of_contract(contract_id: UUID) -> list[Redeemed]:
    """A contract's list, in the order of writing."""
    return in_order(_OF_CONTRACT.all(contract=contract_id))


def redeemed(contract: Model) -> list[Redeemed]:
    """The contract's list, in the order of writing; read once for what holds the contract."""
    known = vars(contract)
    if "redeemed" not in known:
        known["redeemed"] = of_contract(contract.pk)
    return list(known["redeemed"])


def know(contract: Model, rows: Sequence[Redeemed]) -> None:
    """They were read beside what holds the contract."""
    vars(contract)["redeemed"] = list(rows)


def know_each(contracts: Collection[Model]) -> None:
    """Read the lists of many contracts, in one statement."""
    of: dict[UUID, list[Redemption]] = {one.pk: [] for one in contracts}
    for row in _OF_MANY.all(contracts=Uuids(map(str, of))):
        of[row.contract_id].append(row)
    for contract in contracts:
        know(contract, in_order(of[contract.pk]))


def in_order(rows: Sequence[Redemption]) -> list[Redeemed]:
    return [_redeemed(row) for row in sorted(rows, key=lambda row: row.position)]


def times(coupon_id: UUID, buyer: Buyer, *, without: UUID) -> int:
    """How many contracts of the same organization have it or had it, but for one."""
    same = customers.same(buyer.country, buyer.tax_ids, of="contract__customer")
    with scope.over_all():
        rows = Redemption.objects.filter(same, coupon_id=coupon_id).exclude(contract_id=without)
        return rows.values("contract_id").distinct().count()


def info(row: Coupon) -> CouponInfo:
    return CouponInfo(
        code=row.code,
        rate_micro=row.rate_micro,
        amounts=row.amounts,
        cycles=row.cycles,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        plans=tuple(row.plans),
        packages=tuple(row.packages),
        countries=tuple(row.countries),
        first_only=row.first_only,
        most=row.most,
        most_each=row.most_each,
        id=row.id,
        public_id=row.public_id,
        why=row.why,
        made_at=row.made_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        redeemed=getattr(row, "redeemed", 0),
    )


def _counted() -> QuerySet[Coupon]:
    return Coupon.objects.annotate(redeemed=Count("redemptions__contract", distinct=True))


def _redeemed(row: Redemption) -> Redeemed:
    return Redeemed(
        id=row.id,
        coupon=None if row.coupon is None else info(row.coupon),
        first_cycle=row.first_cycle,
        contract_id=row.contract_id,
        why=row.why,
        actor=row.actor,
        written_at=row.written_at,
    )
