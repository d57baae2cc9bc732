from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.domain.statements.states import Did
from abono.kernel.ids import public, uuid7


class Statement(models.Model):
    """A statement of the seller's bank accounts, byte for byte as it came."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256
    content = models.BinaryField()
    movements = models.IntegerField()  # of the file
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()  # real time

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public("stm", self.id)


class Movement(models.Model):
    """Money that came or left, as the bank told it first, and what somebody said of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="told", db_index=False)
    place = models.IntegerField()  # in the file, from 1
    account = models.CharField(max_length=120)
    key = models.CharField(max_length=64, unique=True)  # see rules.key
    day = models.DateField()  # the bank's
    amount_minor = models.BigIntegerField()  # below zero where it left
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=120)  # the bank's of it; may be empty
    text = models.CharField(max_length=400)
    did = models.CharField(max_length=8, default="")
    receipt_id = models.UUIDField(null=True)  # of payments: what it paid
    why = models.CharField(max_length=300, default="")
    decided_by = models.CharField(max_length=120, default="")
    decided_at = models.DateTimeField(null=True)  # real time

    class Meta:
        constraints = [
            models.UniqueConstraint(name="movement_place_once", fields=["statement", "place"]),
            models.CheckConstraint(
                name="movement_decided_whole",
                condition=Q(did="", receipt_id=None, why="", decided_by="", decided_at=None)
                | (Q(did__in=[d.value for d in Did], decided_at__isnull=False) & ~Q(decided_by="")),
            ),
            models.CheckConstraint(
                name="movement_paid_by_a_receipt",
                condition=Q(did=Did.PAID.value, receipt_id__isnull=False, amount_minor__gt=0)
                | (Q(receipt_id=None) & ~Q(did=Did.PAID.value)),
            ),
            models.CheckConstraint(
                name="movement_left_out_with_reason",
                condition=Q(did=Did.LEFT_OUT.value, amount_minor__gt=0) & ~Q(why="")
                | ~Q(did=Did.LEFT_OUT.value),
            ),
            models.UniqueConstraint(name="movement_receipt_once", fields=["receipt_id"]),
        ]
        indexes = [
            models.Index(name="movement_open", fields=["statement"], condition=Q(did="", amount_minor__gt=0)),
            models.Index(name="movement_like", fields=["day", "amount_minor"]),
        ]

    @property
    def public_id(self) -> str:
        return public("mov", self.id)

    def __str__(self) -> str:
        return f"{self.place} of {self.statement_id}"
