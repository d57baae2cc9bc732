"""The tables of slips and Pix, and of who chose to pay so; a part of `models`."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abono.domain.payments.states import REQUESTED, RequestState
from abono.domain.payments.tables.mandated import Mandate
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
    )  # local day of the customer; of a Pix that its payer pays at once there is none
    charges_minor = models.BigIntegerField(default=0, db_default=0)  # of it, fine and interest until that day
    counted_from = models.DateField(null=True)  # of the days late; null: the bank day of the due date
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
    instead_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )  # of an earlier date
    moved_by = models.CharField(
        max_length=8, default="", db_default=""
    )  # who gave it a new date: customer, seller
    why = models.CharField(max_length=300, default="", db_default="")  # the seller's reason for it
    replaced = models.BooleanField(default=False, db_default=False)  # there is one with a new date
    said_paid_on = models.DateField(null=True)  # local day of the customer, who says so
    mandate = models.ForeignKey(
        Mandate, models.PROTECT, null=True, related_name="+", db_index=False
    )  # a Pix that nobody pushes: it is charged under it on its due date
    tried_on = models.DateField(null=True)  # of such a one, the day of the newest try, which may be to come

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
                name="request_one_open_2",
                fields=["invoice", "means"],
                condition=Q(state__in=[s.value for s in REQUESTED], replaced=False),
            ),
            models.UniqueConstraint(name="request_instead_once", fields=["instead_of"]),
            models.CheckConstraint(
                name="request_moved_by_somebody",
                condition=Q(moved_by="") | Q(moved_by__in=["customer", "seller"], instead_of__isnull=False),
            ),
            models.CheckConstraint(
                name="request_of_a_mandate",
                condition=Q(mandate__isnull=True, tried_on__isnull=True)
                | Q(mandate__isnull=False, means="pix", due_date__isnull=False),
            ),
            models.CheckConstraint(
                name="request_charges_within",
                condition=Q(charges_minor__gte=0, charges_minor__lt=F("amount_minor")),
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
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+", db_index=False)
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


class LateCharge(models.Model):
    """Fine and interest of what was paid late and came without them: the next invoice asks for it (PAY-5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+")  # which was paid late
    money = models.UUIDField()  # the receipt, or the attempt, that paid it
    paid_minor = models.BigIntegerField()  # of the invoice, by that
    days = models.IntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    due_date = models.DateField()  # local days of the customer
    paid_date = models.DateField()
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # with its payment

    class Meta:
        constraints = [
            models.UniqueConstraint(name="late_charge_once", fields=["money"]),
            models.CheckConstraint(
                name="late_charge_asks", condition=Q(amount_minor__gt=0, paid_minor__gt=0, days__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.invoice_id}"
