from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.kernel.ids import uuid7
from abono.platform.models import Outgoing


class Notice(models.Model):
    """Something that a customer is told, in the product and by e-mail (NOT-1). Without a customer: the seller's people
    are told it, by e-mail alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)  # the same thing is told once
    facts = models.JSONField()  # what the sentence names: amounts, dates, numbers
    link = models.CharField(max_length=60, default="")  # name of the page where to act
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="notice_once", fields=["customer", "kind", "key"], nulls_distinct=False
            ),
        ]
        indexes = [models.Index(name="notice_of_customer", fields=["customer", "-created_at"])]

    def __str__(self) -> str:
        return self.kind


class Muted(models.Model):
    """What a customer does not want told by e-mail to some of its people (NOT-1). No row: it is told."""

    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    audience = models.CharField(max_length=20)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="muted_once", fields=["customer", "kind", "audience"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.audience}"


class Email(Outgoing):
    """One message to one address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="+", db_index=False)
    to_email = models.EmailField()
    to_name = models.CharField(max_length=120)
    language = models.CharField(max_length=5)
    attachment = models.UUIDField(null=True)  # an invoice whose PDF goes with it

    class Meta:
        constraints = [models.UniqueConstraint(name="email_once", fields=["notice", "to_email"])]
        indexes = [models.Index(name="email_to_send", fields=["send_at"], condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return self.to_email
