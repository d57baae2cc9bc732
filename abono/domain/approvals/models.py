from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abono.domain.approvals.states import DECIDED, State
from abono.kernel.ids import uuid7


class Approval(models.Model):
    """An act that waits for a second person, or what came of it. `customer_id` is whom it is about, who never sees it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    act = models.CharField(max_length=30)  # one of `flows.approvals.acts`
    key = models.CharField(max_length=120)  # what the act names itself by: twice the same is one request
    arguments = models.JSONField()  # the intent, as the act takes it
    facts = models.JSONField(default=dict)  # what a reader is shown of it: numbers, names
    amounts = models.JSONField()  # minor units by currency
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=500)
    state = models.CharField(max_length=10, default=State.ASKED.value)
    asked_by = models.CharField(max_length=120)  # as events name actors
    behind = models.CharField(max_length=120, default="")  # who made the key that asked
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, default="")
    ended_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, default="")  # why the second person refused it
    failed_with = models.CharField(max_length=60, default="", db_default="")  # code of what refused the act
    failed_facts = models.JSONField(default=dict, db_default={})
    led_to = models.CharField(max_length=40, default="")  # public id of what came of it

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="approval_state_known", condition=Q(state__in=[s.value for s in State])
            ),
            models.CheckConstraint(
                name="approval_never_ones_own",
                condition=Q(decided_by="") | (~Q(decided_by=F("asked_by")) & ~Q(decided_by=F("behind"))),
            ),
            models.CheckConstraint(
                name="approval_decided_whole",
                condition=(Q(state__in=[s.value for s in DECIDED]) & ~Q(decided_by=""))
                | (~Q(state__in=[s.value for s in DECIDED]) & Q(decided_by="")),
            ),
            models.CheckConstraint(
                name="approval_ended_whole",
                condition=Q(state="asked", ended_at=None) | (~Q(state="asked") & Q(ended_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="approval_one_waits", fields=["act", "key"], condition=Q(state="asked")
            ),
        ]
        indexes = [models.Index(name="approval_waiting", fields=["id"], condition=Q(state="asked"))]

    def __str__(self) -> str:
        return f"{self.act} {self.state}"
