from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from abono.domain.customers.types import LANGUAGES
from abono.kernel.ids import public, uuid7


class Customer(models.Model):
    """An organization that buys. Each contract belongs to one of its own (CON-7)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    legal_name = models.CharField(max_length=160)
    country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    tax_id = models.CharField(max_length=20)  # compact form, as python-stdnum gives it
    former_tax_ids = ArrayField(models.CharField(max_length=20), default=list, db_default=[])  # compact, too
    language = models.CharField(max_length=5)
    time_zone = models.CharField(max_length=40)
    financial_name = models.CharField(max_length=120)
    financial_email = models.EmailField()
    address = models.JSONField()  # as `types.Address`
    sandbox = models.BooleanField(default=False)
    clock_offset_s = models.BigIntegerField(default=0)  # seconds ahead of real time (TIM-2)
    left_alone_until = models.DateField(
        null=True
    )  # the local day on which nobody waits for them any more (PAY-8)
    left_alone_why = models.CharField(max_length=200, default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="customer_language_known", condition=Q(language__in=LANGUAGES)),
            models.CheckConstraint(
                name="customer_left_alone_with_reason",
                condition=Q(left_alone_until=None, left_alone_why="")
                | (Q(left_alone_until__isnull=False) & ~Q(left_alone_why="")),
            ),
            models.CheckConstraint(
                name="customer_clock_only_in_sandbox",
                condition=Q(sandbox=True, clock_offset_s__gte=0) | Q(clock_offset_s=0),
            ),
        ]
        indexes = [
            models.Index(name="customer_by_tax_id", fields=["country", "tax_id"]),
            GinIndex(name="customer_by_former_tax_id", fields=["former_tax_ids"]),
        ]

    def __str__(self) -> str:
        return self.legal_name

    @property
    def public_id(self) -> str:
        return public("cus", self.id)


class Advance(models.Model):
    """A sandbox's clock on its way to a moment, or there (TIM-2). What happened on the way has an id after its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    from_at = models.DateTimeField()  # what the clock showed
    to_at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    started_at = models.DateTimeField()  # real time, as `arrived_at`
    arrived_at = models.DateTimeField(null=True)
    last = models.UUIDField(null=True)  # what has a later id happened after it arrived
    trouble = models.CharField(max_length=300, default="")  # what stopped it, until it goes on

    class Meta:
        constraints = [
            models.UniqueConstraint(name="advance_once", fields=["customer", "to_at"]),
            models.UniqueConstraint(
                name="advance_one_under_way", fields=["customer"], condition=Q(arrived_at=None)
            ),
            models.CheckConstraint(name="advance_forward", condition=Q(from_at__lte=F("to_at"))),
            models.CheckConstraint(
                name="advance_arrived_whole",
                condition=Q(arrived_at=None, last=None)
                | Q(arrived_at__isnull=False, last__isnull=False, trouble=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.to_at}"
