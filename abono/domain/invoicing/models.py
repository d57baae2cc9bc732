from __future__ import annotations

from functools import cached_property

from django.db import models
from django.db.models import F, Q

from abono.domain.invoicing import states
from abono.domain.invoicing.rules import owed, rest, title
from abono.domain.invoicing.states import FiscalType, LineKind, Reason, State
from abono.kernel.ids import public, uuid7
from abono.platform.postgres.asked import Asked, Slot

_LINES = Asked(lambda: InvoiceLine.objects.filter(invoice_id=Slot("invoice")).order_by("id"))
NUMBERED = tuple(state.value for state in states.NUMBERED)


class Invoice(models.Model):
    """What a customer is asked to pay. Once issued it never changes (INV-4); beside it stands what became of its money."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+", db_index=False)
    contract = models.ForeignKey("contracts.Contract", models.PROTECT, related_name="+")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by"
    )  # a cancelled one that was made out anew (INV-4)
    change = models.OneToOneField(
        "contracts.Change", models.PROTECT, null=True, related_name="+"
    )  # that waits for its payment
    reason = models.CharField(max_length=13)
    key = models.CharField(max_length=80)  # what it is for, once: see `keys`
    state = models.CharField(max_length=9, default=State.DRAFT.value)
    series = models.CharField(max_length=20)  # see customers.rules.invoice_series
    number = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    credited_minor = models.BigIntegerField(default=0)  # what credit notes took off what was owed
    credit_used_minor = models.BigIntegerField(default=0)  # what the contract's credit pays of it (INV-9)
    received_minor = models.BigIntegerField(
        default=0, db_default=0
    )  # what came without a gateway, and what a card paid of it before it was owed again
    refunded_minor = models.BigIntegerField(
        default=0, db_default=0
    )  # what went back to the cards that paid it
    withheld_minor = models.BigIntegerField(
        default=0, db_default=0
    )  # of what was received: the buyer kept it for the tax office (PAY-6)
    buyer = models.JSONField()  # name, tax id, country as they were: the document never changes
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    issued_date = models.DateField(
        null=True
    )  # the customer's local day then, whatever the zone's rules become
    due_date = models.DateField(null=True)  # local day of the customer
    means = models.CharField(max_length=4, default="card", db_default="card")  # that pays it (INV-6)
    paid_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    parked_why = models.CharField(
        max_length=300, default="", db_default=""
    )  # of a draft that is not issued by itself any more
    billing_run_id = models.UUIDField(
        null=True
    )  # which made it. No foreign key: whoever adds a row would wait for who counts the run

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invoice_state_known_2", condition=Q(state__in=[s.value for s in State])
            ),
            models.CheckConstraint(
                name="invoice_reason_known_2", condition=Q(reason__in=[r.value for r in Reason])
            ),
            models.CheckConstraint(
                name="invoice_issued_has_number_2",
                condition=Q(state=State.DRAFT.value, number=None)
                | Q(state__in=NUMBERED, number__isnull=False, issued_at__isnull=False)
                | Q(state=State.CANCELLED.value),
            ),
            models.CheckConstraint(
                name="invoice_paid_has_moment_2",
                condition=Q(paid_at__isnull=True) | Q(state__in=(State.PAID.value, State.DISPUTED.value)),
            ),
            models.UniqueConstraint(name="invoice_number_once", fields=["series", "number"]),
            models.UniqueConstraint(
                name="invoice_once_per_key",
                fields=["contract", "key"],
                condition=~Q(state=State.CANCELLED.value),
            ),
            models.CheckConstraint(name="invoice_not_negative", condition=Q(total_minor__gte=0)),
            models.CheckConstraint(
                name="invoice_owed_not_negative_2",
                condition=Q(
                    credited_minor__gte=0,
                    credit_used_minor__gte=0,
                    received_minor__gte=0,
                    total_minor__gte=F("credited_minor") + F("credit_used_minor") + F("received_minor"),
                ),
            ),
            models.CheckConstraint(
                name="invoice_refunded_within",
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("total_minor")),
            ),
            models.CheckConstraint(
                name="invoice_withheld_within",
                condition=Q(withheld_minor__gte=0, withheld_minor__lte=F("received_minor")),
            ),
        ]
        indexes = [
            models.Index(name="invoice_of_customer", fields=["customer", "-issued_at"]),
            models.Index(name="invoice_pending", fields=["id"], condition=Q(state=State.PENDING.value)),
            models.Index(
                name="invoice_of_run", fields=["billing_run_id"], condition=Q(billing_run_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def public_id(self) -> str:
        return public("inv", self.id)

    @property
    def title(self) -> str:
        """The number as people see it: `A-000042`, in a sandbox `TEST-5QY0BN-000042`; empty for a draft."""
        return title(self.series, self.number)

    @cached_property
    def lines_now(self) -> list[InvoiceLine]:
        """In order; those of a draft that was just written are known."""
        return _LINES.all(invoice=self.id)

    @property
    def owed_minor(self) -> int:
        return owed(State(self.state), self.rest_minor)

    @property
    def rest_minor(self) -> int:
        return rest(self.total_minor, self.credited_minor, self.credit_used_minor, self.received_minor)


class Move(models.Model):
    """How an issued invoice came to a state that is not simply paid or cancelled, or left one. Only added (INV-5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="moves")
    before = models.CharField(max_length=9)
    after = models.CharField(max_length=9)
    paid_at = models.DateTimeField(null=True)  # when it had been paid, of one that was
    rest_minor = models.BigIntegerField()  # what was left of it, where it was not paid
    why = models.CharField(max_length=300)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invoice_move_states_known",
                condition=Q(before__in=NUMBERED, after__in=NUMBERED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} {self.after}"


class InvoiceLine(models.Model):
    """One line; rounded once, half up (INV-3)."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines", db_index=False)
    position = models.SmallIntegerField()
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=60)  # plan or package, as sold; the words of a one-off line
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()  # exclusive
    quantity = models.BigIntegerField()
    unit_price_micro = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    fiscal_type = models.CharField(max_length=10)
    calculation = models.JSONField(null=True)  # see types.Calculation
    credited_minor = models.BigIntegerField(default=0)  # the sum of its credit notes: they alone move it

    class Meta:
        constraints = [
            models.UniqueConstraint(name="invoice_line_position", fields=["invoice", "position"]),
            models.CheckConstraint(
                name="invoice_line_kind_known_8", condition=Q(kind__in=[k.value for k in LineKind])
            ),
            models.CheckConstraint(
                name="invoice_line_fiscal_type_known",
                condition=Q(fiscal_type__in=[f.value for f in FiscalType]),
            ),
            models.CheckConstraint(
                name="invoice_line_period_forward", condition=Q(period_start__lt=F("period_end"))
            ),
            models.CheckConstraint(
                name="invoice_line_credited_within",
                condition=Q(credited_minor=0)
                | Q(credited_minor__gt=0, credited_minor__lte=F("amount_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.kind}"


class CreditNote(models.Model):
    """Takes back lines of an issued invoice, in whole or part (INV-4). It is written once, with its number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_notes")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+", db_index=False)
    series = models.CharField(max_length=20)  # see customers.rules.credit_note_series
    number = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()  # became credit (INV-9); the rest lowered what was owed
    why = models.CharField(max_length=300)
    issued_by = models.CharField(max_length=120)
    issued_at = models.DateTimeField()
    issued_date = models.DateField()  # the customer's local day then

    class Meta:
        constraints = [
            models.UniqueConstraint(name="credit_note_number_once", fields=["series", "number"]),
            models.CheckConstraint(name="credit_note_of_something", condition=Q(total_minor__gt=0)),
            models.CheckConstraint(
                name="credit_note_credit_within",
                condition=Q(credit_minor__gte=0, credit_minor__lte=F("total_minor")),
            ),
            models.CheckConstraint(name="credit_note_said_why", condition=~Q(why="")),
        ]
        indexes = [models.Index(name="credit_note_of_customer", fields=["customer", "-id"])]

    def __str__(self) -> str:
        return self.title

    @property
    def public_id(self) -> str:
        return public("crn", self.id)

    @property
    def title(self) -> str:
        """The number as people see it: `C-000042`, in a sandbox `TEST-5QY0BN-C-000042`."""
        return f"{self.series}-{self.number:06d}"


class CreditNoteLine(models.Model):
    """What a credit note takes back of one line. Written before its note, which closes it."""

    note = models.ForeignKey(CreditNote, models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(InvoiceLine, models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="credit_note_line_once", fields=["note", "line"]),
            models.CheckConstraint(name="credit_note_line_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.line_id}"
