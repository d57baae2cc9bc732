from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abono.domain.adjustments.states import Months, Part
from abono.domain.adjustments.types import PartPrice
from abono.domain.contracts.price_moves import PriceMove, PriceMoveLine
from abono.kernel.ids import uuid7
from abono.kernel.rating import to_money


class Index(models.Model):
    """What the seller adjusts prices by: a published index, or a table of its own (CAT-13)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=20, unique=True)  # in capitals
    name = models.CharField(max_length=60)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class IndexMonth(models.Model):
    """By how much an index moved in a month, as it is published. Never changed once it is `used`."""

    index = models.ForeignKey(Index, models.PROTECT, related_name="months", db_index=False)
    month = models.DateField()  # its first day
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    used = models.BooleanField(default=False)  # an applied adjustment was reckoned with it
    written_by = models.CharField(max_length=120)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="index_month_once", fields=["index", "month"]),
            models.CheckConstraint(name="index_month_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="index_month_percent_within", condition=Q(percent__gt=-100, percent__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.percent}"


class Adjustment(PriceMove):
    """Contracts whose prices are adjusted by an index (CAT-13)."""

    index = models.ForeignKey(Index, models.PROTECT, related_name="+")
    months = models.CharField(max_length=6)
    parts = models.JSONField()
    currency = models.CharField(max_length=3)
    until_date = models.DateField()  # prices that may rise up to this day

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="adjustment_months_known", condition=Q(months__in=[one.value for one in Months])
            ),
        ]


class AdjustmentLine(PriceMoveLine):
    """One contract of an adjustment: by which factor, which of its prices, and what came of it."""

    adjustment = models.ForeignKey(Adjustment, models.PROTECT, related_name="lines", db_index=False)
    contract = models.ForeignKey("contracts.Contract", models.PROTECT, related_name="+", db_index=False)
    first_month = models.DateField()
    last_month = models.DateField()
    factor = models.DecimalField(max_digits=16, decimal_places=8)
    prices = models.JSONField()  # of each part: what it is of, in millionths before and after
    made = models.JSONField(default=list)  # ids of the prices that were made and of those that ended for them
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=120, default="")
    withdrawn_why = models.CharField(max_length=500, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="adjustment_line_once", fields=["adjustment", "contract"]),
            models.CheckConstraint(
                name="adjustment_line_never_cheaper",
                condition=Q(before_minor__gte=0, after_minor__gte=F("before_minor")),
            ),
            models.CheckConstraint(
                name="adjustment_line_months_forward", condition=Q(last_month__gte=F("first_month"))
            ),
            models.CheckConstraint(
                name="adjustment_line_withdrawn_whole",
                condition=Q(withdrawn_at=None, withdrawn_by="", withdrawn_why="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_why="")),
            ),
        ]
        indexes = [models.Index(name="adjustment_of_contract", fields=["contract", "last_month"])]

    def __str__(self) -> str:
        return f"{self.contract_id} × {self.factor}"

    @property
    def part_prices(self) -> tuple[PartPrice, ...]:
        return tuple(PartPrice(**{**one, "part": Part(one["part"])}) for one in self.prices)

    @property
    def years_minor(self) -> tuple[int, int]:
        fees = [one for one in self.part_prices if one.a_year]
        before, after = sum(one.before_micro for one in fees), sum(one.after_micro for one in fees)
        currency = self.contract.currency
        return to_money(before, currency).minor, to_money(after, currency).minor
