from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abono.kernel.ids import uuid7


class PaymentLink(models.Model):
    """With its secret whoever has it can pay one invoice (ACC-3)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+")
    hash = models.BinaryField()  # of the secret: see `secret`
    made_by = models.CharField(max_length=120)
    sent_to = models.CharField(max_length=254, default="")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payment_link_hash_once", fields=["hash"]),
            models.CheckConstraint(
                name="payment_link_expires_later", condition=Q(expires_at__gt=F("made_at"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
