"""The tables of slips and Pix, and of who chose to pay so; a part of `models`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.domain.payments.states import REQUESTED, RequestState
from abono.kernel.ids import public, uuid7


class PaymentRequest(models.Model):
    """A slip or a Pix that asks for the money of an invoice; several may stand beside one another. Its id is its supplier's
    idempotency key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+")
    means = models.CharField(max_length=4)
    gateway = models.CharField(max_length=30)
    number = (
        models.BigIntegerField()
    )  # counts the requests of the gateway: the bank's own number is made of it
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8, default=RequestState.CREATED.value)
    due_date = models.DateField(
        null=True
    )  # local day of the customer; of a Pix that is to be paid at once there is none
    until = models.DateTimeField()  # real time: afterwards it cannot be paid
    payer = models.JSONField()  # as `push.Payer`, when it was asked for
    fine_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    interest_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)  # for 30 days
    reference = models.CharField(max_length=120, default="")  # the supplier's own number
    pay_with = models.CharField(max_length=512, default="")  # digit line, or the Pix to copy and paste
    bar_code = models.CharField(max_length=44, default="")
    qr = models.CharField(max_length=512, default="")  # of a slip, as its bank gave it
    code = models.CharField(max_length=60, default="")  # the supplier's word for why not
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    asked = models.SmallIntegerField(default=0)  # how often its supplier was asked about it

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="request_state_known", condition=Q(state__in=[s.value for s in RequestState])
            ),
            models.CheckConstraint(name="request_means_known", condition=Q(means__in=("pix", "slip"))),
            models.CheckConstraint(name="request_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="request_late_terms_whole",
                condition=Q(fine_percent=None, interest_percent=None)
                | Q(
                    fine_percent__gte=0,
                    fine_percent__isnull=False,
                    interest_percent__gte=0,
                    interest_percent__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="request_payable_says_how",
                condition=~Q(state=RequestState.PAYABLE.value) | ~Q(pay_with=""),
            ),
            models.UniqueConstraint(name="request_number_once", fields=["gateway", "number"]),
            models.UniqueConstraint(
                name="request_reference_once", fields=["gateway", "reference"], condition=~Q(reference="")
            ),
            models.UniqueConstraint(
                name="request_one_open",
                fields=["invoice", "means"],
                condition=Q(state__in=[s.value for s in REQUESTED]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.means} {self.gateway} {self.number}"

    @property
    def public_id(self) -> str:
        return public("prq", self.id)


class ChosenMeans(models.Model):
    """By which means an organization pays what is issued from a day on. Only added: the newest that has begun holds (PAY-3)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    means = models.CharField(max_length=4)
    from_date = models.DateField()  # local day of the customer
    chosen_by = models.CharField(max_length=120)
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="chosen_means_known", condition=Q(means__in=("card", "pix", "slip"))),
        ]
        indexes = [models.Index(name="chosen_means_of", fields=["customer", "-id"])]

    def __str__(self) -> str:
        return f"{self.means} from {self.from_date}"
