"""The table of mandates: payers of Pix who agreed once to be charged; a part of `models`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.domain.payments.states import ALIVE, MandateState
from abono.kernel.ids import public, uuid7


class Mandate(models.Model):
    """One mandate of a contract: as it was asked for, and how it stands at its supplier (PAY-11)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    contract = models.ForeignKey("contracts.Contract", models.PROTECT, related_name="+")
    gateway = models.CharField(max_length=30)
    name = models.CharField(max_length=35)  # which its payer reads, and by which it is found
    subject = models.CharField(max_length=35)
    payer = models.JSONField()  # as `push.Payer`, when it was asked for
    most_minor = models.BigIntegerField()  # nothing above it is charged
    currency = models.CharField(max_length=3)
    begins = models.DateField()  # local day of the customer
    state = models.CharField(max_length=7, default=MandateState.CREATED.value)
    reference = models.CharField(max_length=120, default="")  # the supplier's own number
    agree_with = models.CharField(max_length=512, default="")  # the Pix to copy and paste, as it was given
    code = models.CharField(max_length=60, default="")  # the supplier's word for why not, or not any more
    by_payer = models.BooleanField(default=False)  # who ended it at their bank
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()  # real time
    agreed_at = models.DateTimeField(null=True)  # on the customer's clock, as the two that follow
    cancelled_at = models.DateTimeField(null=True)  # by the customer, here: nothing is charged from then on
    over_at = models.DateTimeField(null=True)
    looked = models.SmallIntegerField(default=0)  # how often its supplier was asked about it

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="mandate_state_known", condition=Q(state__in=[s.value for s in MandateState])
            ),
            models.CheckConstraint(name="mandate_most_positive", condition=Q(most_minor__gt=0)),
            models.CheckConstraint(
                name="mandate_asked_says_how",
                condition=~Q(state=MandateState.ASKED.value) | ~Q(agree_with=""),
            ),
            models.CheckConstraint(
                name="mandate_over_or_alive",
                condition=Q(state__in=[s.value for s in ALIVE], over_at__isnull=True)
                | (~Q(state__in=[s.value for s in ALIVE]) & Q(over_at__isnull=False)),
            ),
            models.UniqueConstraint(name="mandate_name_once", fields=["gateway", "name"]),
            models.UniqueConstraint(
                name="mandate_reference_once", fields=["gateway", "reference"], condition=~Q(reference="")
            ),
            models.UniqueConstraint(
                name="mandate_one_alive",
                fields=["contract"],
                condition=Q(state__in=[s.value for s in ALIVE], cancelled_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public("mdt", self.id)
