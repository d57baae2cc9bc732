from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abono.domain.restrictions.states import Cause
from abono.kernel.ids import uuid7


class Restriction(models.Model):
    """Why a contract is restricted, until somebody or something lifts it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey("contracts.Contract", models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    cause = models.CharField(max_length=10)
    why = models.CharField(max_length=500)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=120, default="", db_default="")
    lifted_why = models.CharField(max_length=500, default="", db_default="")
    lifted_at = models.DateTimeField(null=True)
    ends_on = models.DateField(
        null=True
    )  # local day of the contract's end, as the customer was told; of a debt
    told = models.SmallIntegerField(default=0, db_default=0)  # how often

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="restriction_cause_known", condition=Q(cause__in=[one.value for one in Cause])
            ),
            models.CheckConstraint(
                name="restriction_lifted_later",
                condition=Q(lifted_at=None) | Q(lifted_at__gte=F("made_at")),
            ),
            models.UniqueConstraint(
                name="restriction_once_of_a_cause",
                fields=["contract", "cause"],
                condition=Q(lifted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.cause}"
