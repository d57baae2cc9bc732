from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abono.kernel.ids import public, uuid7


class Run(models.Model):
    """Renewals that were due together, done by any number of processes at once. One at most is under way.

    What it came to is told from the invoices that it made, again and again while it goes on and once more at its end.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    begun_by = models.CharField(max_length=120)
    begun_at = models.DateTimeField()
    told_at = models.DateTimeField()  # when it was counted last
    tell_next_at = models.DateTimeField()  # to count costs something, too
    ended_at = models.DateTimeField(null=True)
    done = models.IntegerField(
        db_default=0
    )  # renewals with their invoices; a cycle that begins restricted has none (END-5)
    left = models.IntegerField(db_default=0)  # due, or in somebody's hands
    again = models.IntegerField(db_default=0)  # failed, and tried again within minutes
    parked = models.IntegerField(db_default=0)  # given up: they wait for a person
    parked_before = models.IntegerField(db_default=0)  # likewise, of earlier runs, when it began
    billed = models.JSONField(default=list)  # see invoicing.runs.Billed
    far_count = models.IntegerField(db_default=0)  # invoices that stand out, told at its end
    far = models.JSONField(default=list)  # the first of them: see invoicing.runs.Far

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="billing_run_one_under_way",
                fields=["ended_at"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="billing_run_forward",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("begun_at")),
            ),
            models.CheckConstraint(
                name="billing_run_not_negative",
                condition=Q(done__gte=0, left__gte=0, again__gte=0, parked__gte=0, far_count__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public("run", self.id)
