from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.domain.credit.types import Kind
from abono.kernel.ids import uuid7

TAKEN = (Kind.USED.value, Kind.REFUNDED.value, Kind.RECALLED.value)


class Entry(models.Model):
    """One movement of a contract's credit. Only added (INV-9)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey("contracts.Contract", models.PROTECT, related_name="+", db_index=False)
    place = models.IntegerField()  # among the entries of its contract, from 1
    kind = models.CharField(max_length=8)
    amount_minor = models.BigIntegerField()  # signed
    balance_minor = models.BigIntegerField()  # after it
    currency = models.CharField(max_length=3)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+")
    credit_note = models.ForeignKey(
        "invoicing.CreditNote", models.PROTECT, null=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="credit_entry_once", fields=["contract", "place"]),
            models.UniqueConstraint(name="credit_granted_once", fields=["credit_note"]),
            models.CheckConstraint(name="credit_never_negative", condition=Q(balance_minor__gte=0)),
            models.CheckConstraint(
                name="credit_entry_kind_known_2", condition=Q(kind__in=[kind.value for kind in Kind])
            ),
            models.CheckConstraint(
                name="credit_entry_is_signed_2",
                condition=Q(kind__in=TAKEN, amount_minor__lt=0)
                | (~Q(kind__in=TAKEN) & Q(amount_minor__gt=0)),
            ),
            models.CheckConstraint(
                name="credit_granted_by_a_note",
                condition=Q(kind=Kind.GRANTED.value, credit_note__isnull=False)
                | (~Q(kind=Kind.GRANTED.value) & Q(credit_note__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor}"
