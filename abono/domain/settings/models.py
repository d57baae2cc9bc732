from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from abono.domain.settings.types import Scope
from abono.kernel.ids import uuid7

LAST = datetime(3000, 1, 1, tzinfo=UTC)  # what is later cannot be read everywhere


class Value(models.Model):
    """What a setting is from a moment on, for the seller, a plan or a contract. Only grows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=40)
    scope = models.CharField(max_length=8)
    subject = models.CharField(max_length=40, default="")  # code of the plan, id of the contract
    value = models.JSONField(null=True)  # null: what the next wider scope says
    valid_from = models.DateTimeField()
    set_at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    why = models.CharField(max_length=500)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="setting_scope_known", condition=Q(scope__in=tuple(scope.value for scope in Scope))
            ),
            models.CheckConstraint(
                name="setting_subject",
                condition=Q(scope="seller", subject="") | ~Q(scope="seller") & ~Q(subject=""),
            ),
            models.CheckConstraint(name="setting_has_a_reason", condition=~Q(why="")),
            models.CheckConstraint(
                name="setting_not_for_the_past",
                condition=Q(valid_from__gte=models.F("set_at"), valid_from__lt=LAST),
            ),
        ]
        indexes = [
            models.Index(name="setting_in_force", fields=["key", "scope", "subject", "valid_from", "id"])
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.scope} {self.subject}"
