from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abono.kernel.ids import public, uuid7
from abono.kernel.money import MICRO


class Coupon(models.Model):
    """What takes something off fixed fees, for whom and how long (INV-8). Only its end is added later."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=30, unique=True)  # in capitals
    rate_micro = models.IntegerField(null=True)  # millionths of a fee …
    amounts = models.JSONField(null=True)  # … or minor units of a cycle's fees, by currency
    cycles = models.SmallIntegerField(null=True)  # how many; null: all that come
    valid_from = models.DateTimeField(null=True)  # when it can be redeemed
    valid_until = models.DateTimeField(null=True)  # exclusive
    plans = models.JSONField(default=list)  # codes; with none of these or `packages`: of all
    packages = models.JSONField(default=list)
    countries = models.JSONField(default=list)  # of buyers; none: everywhere
    first_only = models.BooleanField(default=False)  # for who never had a contract
    most = models.IntegerField(null=True)  # contracts in all
    most_each = models.IntegerField(default=1)  # contracts of one organization
    why = models.CharField(max_length=300)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    ended_why = models.CharField(max_length=300, default="")
    ended_by = models.CharField(max_length=120, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="coupon_share_or_amount",
                condition=Q(rate_micro__gt=0, rate_micro__lte=MICRO, amounts__isnull=True)
                | Q(rate_micro__isnull=True, amounts__isnull=False),
            ),
            models.CheckConstraint(
                name="coupon_some_cycles", condition=Q(cycles__isnull=True) | Q(cycles__gt=0)
            ),
            models.CheckConstraint(
                name="coupon_valid_forward",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_from__lt=F("valid_until")),
            ),
            models.CheckConstraint(
                name="coupon_some_times",
                condition=(Q(most__isnull=True) | Q(most__gt=0)) & Q(most_each__gt=0),
            ),
            models.CheckConstraint(name="coupon_said_why", condition=~Q(why="")),
            models.CheckConstraint(
                name="coupon_ended_whole",
                condition=Q(ended_at=None, ended_by="", ended_why="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="") & ~Q(ended_why="")),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def public_id(self) -> str:
        return public("cpn", self.id)


class Redemption(models.Model):
    """From which cycle on a contract has a coupon, or has none any more. The list only grows; the last row that begins with a
    cycle or before it counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(
        "contracts.Contract", models.PROTECT, related_name="redemptions", db_index=False
    )
    position = models.SmallIntegerField()  # in the order of writing, from 1
    coupon = models.ForeignKey(Coupon, models.PROTECT, null=True, related_name="redemptions")
    first_cycle = models.IntegerField()  # number of the contract's cycle, from 0
    why = models.CharField(max_length=300, default="")
    actor = models.CharField(max_length=120)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="redemption_position_once", fields=["contract", "position"]),
            models.CheckConstraint(name="redemption_cycle_counted", condition=Q(first_cycle__gte=0)),
            models.CheckConstraint(
                name="redemption_taken_back_says_why", condition=Q(coupon__isnull=False) | ~Q(why="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.position}"
