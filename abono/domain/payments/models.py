from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abono.domain.payments.ports.port import LONGEST_EVENT_ID
from abono.domain.payments.rules import LONGEST_EVIDENCE
from abono.domain.payments.states import (
    BY_HAND,
    LIVE,
    Because,
    DisputeState,
    RefundState,
    State,
    Way,
    Why,
)
from abono.domain.payments.tables.filed import BankFile as BankFile
from abono.domain.payments.tables.mandated import Mandate as Mandate
from abono.domain.payments.tables.requested import LateCharge as LateCharge
from abono.domain.payments.tables.requested import PaymentRequest
from abono.kernel.ids import public, uuid7

_UNDECIDED_REFUND = (RefundState.ASKED.value, RefundState.OWED.value)


class PaymentMethod(models.Model):
    """A card in a customer's wallet: the gateway's token and what WAL-1 shows. Never a number (WAL-2).

    One that somebody typed to pay one invoice (`once`) is in nobody's wallet."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    gateway = models.CharField(max_length=30)
    token = models.CharField(max_length=120)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    holder = models.CharField(max_length=80)
    exp_month = models.SmallIntegerField()
    exp_year = models.SmallIntegerField()
    in_use = models.BooleanField(default=False)  # the one that the contract is paid with
    reserve = models.BooleanField(
        default=False, db_default=False
    )  # asked when that one is not any more (PAY-8)
    stopped = models.CharField(
        max_length=12, default="", db_default=""
    )  # why no machine asks it: a word of `port.Retry`
    ask_from = models.DateTimeField(null=True)  # no machine asks it before; on the customer's clock
    renewed_at = models.DateTimeField(null=True)  # since when its gateway says other data; on that clock, too
    once = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="method_token_once", fields=["gateway", "token"]),
            models.UniqueConstraint(name="method_one_in_use", fields=["customer"], condition=Q(in_use=True)),
            models.UniqueConstraint(
                name="method_one_reserve", fields=["customer"], condition=Q(reserve=True)
            ),
            models.CheckConstraint(
                name="method_reserve_is_kept",
                condition=Q(reserve=False) | Q(in_use=False, once=False, removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="method_removed_is_not_in_use",
                condition=Q(removed_at__isnull=True) | Q(in_use=False),
            ),
            models.CheckConstraint(
                name="method_once_is_not_in_use", condition=Q(once=False) | Q(in_use=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last4}"

    @property
    def public_id(self) -> str:
        return public("pay", self.id)


class Attempt(models.Model):
    """One try to be paid for one invoice. Its id is the gateway's idempotency key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+")
    method = models.ForeignKey(PaymentMethod, models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8, default=State.CREATED.value)
    off_session = models.BooleanField()  # nobody was there: a renewal
    reference = models.CharField(max_length=120, default="")  # the gateway's own id
    decline_code = models.CharField(max_length=60, default="")
    decline_hint = models.CharField(max_length=20, default="")
    decline_retry = models.CharField(max_length=12, default="")  # a word of `port.Retry`
    challenge_url = models.CharField(
        max_length=500, default=""
    )  # where the holder confirms, while it is open
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)  # the same on the customer's clock; null of those before 0.3.0
    decided_at = models.DateTimeField(null=True)
    asked = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="attempt_state_known_2", condition=Q(state__in=[s.value for s in State])
            ),
            models.UniqueConstraint(
                name="attempt_one_live_per_invoice",
                fields=["invoice"],
                condition=Q(state__in=[s.value for s in LIVE]),
            ),
            models.CheckConstraint(name="attempt_amount_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Refund(models.Model):
    """Money that goes back to whoever paid it: of a card's charge, or of what came without one. Its id is the gateway's
    idempotency key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, related_name="refunds")
    receipt = models.ForeignKey("Receipt", models.PROTECT, null=True, db_index=False, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=6, default=RefundState.ASKED.value)
    reference = models.CharField(max_length=120, default="")  # the gateway's own id
    code = models.CharField(max_length=60, default="")  # the gateway's word for why not
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    because = models.CharField(max_length=8, default="", db_default="")  # empty: asked for by 0.2.0
    asked_why = models.CharField(max_length=300, default="", db_default="")  # in words; both sides read it
    decided_at = models.DateTimeField(null=True)
    sent = models.SmallIntegerField(default=0)  # how often the gateway was spoken to
    again = models.UUIDField(null=True)  # the refund that asks for the same once more
    way = models.CharField(
        max_length=8, default="", db_default=""
    )  # on which it was paid out otherwise; its reference is that of then
    why = models.CharField(max_length=300, default="", db_default="")  # of what became of it once it failed

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="refund_state_known_3", condition=Q(state__in=[s.value for s in RefundState])
            ),
            models.CheckConstraint(
                name="refund_of_one_payment",
                condition=Q(attempt__isnull=False, receipt=None) | Q(attempt=None, receipt__isnull=False),
            ),
            models.CheckConstraint(
                name="refund_because_known", condition=Q(because__in=["", *(b.value for b in Because)])
            ),
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="refund_decided_or_waits",
                condition=Q(state__in=_UNDECIDED_REFUND, decided_at__isnull=True)
                | (~Q(state__in=_UNDECIDED_REFUND) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="refund_once_more",
                condition=Q(again__isnull=True) | Q(state=RefundState.AGAIN.value),
            ),
            models.CheckConstraint(
                name="refund_paid_on_a_way",
                condition=Q(way="") | Q(state=RefundState.PAID_OUT.value, way__in=[w.value for w in BY_HAND]),
            ),
        ]
        indexes = [
            models.Index(name="refund_receipt", fields=["receipt"], condition=Q(receipt__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.attempt_id or self.receipt_id}"

    @property
    def public_id(self) -> str:
        return public("ref", self.id)


class Receipt(models.Model):
    """Money for an invoice that came without a card: as the seller recorded it, or for a slip or a Pix. It is withdrawn, never
    removed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+")
    way = models.CharField(max_length=8)
    gateway = models.CharField(max_length=30, default="", db_default="")  # that told us; empty: somebody did
    request = models.ForeignKey(PaymentRequest, models.PROTECT, null=True, related_name="receipts")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    credit_minor = models.BigIntegerField()  # more than was asked for, which became credit (PAY-6)
    late_minor = models.BigIntegerField(default=0, db_default=0)  # fine and interest (PAY-5)
    withheld_minor = models.BigIntegerField(default=0, db_default=0)  # beside it, for the tax office (PAY-6)
    received_date = models.DateField()  # local day of the customer
    reference = models.CharField(max_length=120)  # of the transfer; may be empty
    why = models.CharField(max_length=300)  # how it is known; may be empty
    recorded_by = models.CharField(max_length=120)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=120, default="")
    withdrawn_why = models.CharField(max_length=300, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="receipt_way_known_2", condition=Q(way__in=[w.value for w in Way])),
            models.CheckConstraint(
                name="receipt_of_a_request",
                condition=Q(request=None, gateway="") | Q(request__isnull=False) & ~Q(gateway=""),
            ),
            models.UniqueConstraint(
                name="receipt_once", fields=["gateway", "reference"], condition=~Q(gateway="")
            ),
            models.CheckConstraint(
                name="receipt_credit_within",
                condition=Q(amount_minor__gt=0, credit_minor__gte=0, credit_minor__lte=F("amount_minor")),
            ),
            models.CheckConstraint(
                name="receipt_late_within",
                condition=Q(late_minor__gte=0, late_minor__lte=F("amount_minor") - F("credit_minor")),
            ),
            models.CheckConstraint(
                name="receipt_withheld_of_all",
                condition=Q(withheld_minor=0) | Q(withheld_minor__gt=0, credit_minor=0),
            ),
            models.CheckConstraint(
                name="receipt_withdrawn_with_reason",
                condition=Q(withdrawn_at__isnull=True, withdrawn_why="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.invoice_id}"

    @property
    def public_id(self) -> str:
        return public("rcp", self.id)


class Dispute(models.Model):
    """Somebody contests an invoice that is not paid, or, of one that is, the payment at the bank (INV-5, PAY-10)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+")
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, related_name="+")  # which paid it
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, null=True, related_name="+"
    )  # or what came by slip or Pix
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=4, default=DisputeState.OPEN.value)
    why = models.CharField(max_length=300)
    opened_by = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    ended_by = models.CharField(max_length=120, default="")
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, default="")
    answer_by = models.DateField(null=True)  # the seller's day until which evidence has to be at the bank
    evidence = models.CharField(max_length=LONGEST_EVIDENCE, default="", db_default="")
    evidence_by = models.CharField(max_length=120, default="", db_default="")
    evidence_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dispute_of_one_payment", condition=Q(attempt=None) | Q(receipt=None)
            ),
            models.CheckConstraint(
                name="dispute_evidence_whole",
                condition=Q(evidence="", evidence_by="", evidence_at=None)
                | (~Q(evidence="") & ~Q(evidence_by="") & Q(evidence_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="dispute_one_open",
                fields=["invoice"],
                condition=Q(state=DisputeState.OPEN.value),
            ),
            models.CheckConstraint(
                name="dispute_state_known", condition=Q(state__in=[s.value for s in DisputeState])
            ),
            models.CheckConstraint(name="dispute_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="dispute_ended_or_open",
                condition=Q(state=DisputeState.OPEN.value, ended_at__isnull=True)
                | (~Q(state=DisputeState.OPEN.value) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.invoice_id}"

    @property
    def public_id(self) -> str:
        return public("dsp", self.id)


class UnmatchedMoney(models.Model):
    """Money at a gateway that pays for nothing here, or not for what was asked: a person looks at it (PAY-12)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gateway = models.CharField(max_length=30)
    key = models.CharField(max_length=120)  # ours, or what the gateway takes for one of ours
    reference = models.CharField(max_length=120)  # the gateway's own id of the charge
    why = models.CharField(max_length=8)
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, related_name="+")
    amount_minor = models.BigIntegerField()  # as the gateway says
    currency = models.CharField(max_length=3)
    found_at = models.DateTimeField()  # real time
    closed_at = models.DateTimeField(null=True)
    closed_how = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="unmatched_once", fields=["gateway", "key", "why"]),
            models.CheckConstraint(name="unmatched_why_known", condition=Q(why__in=[w.value for w in Why])),
            models.CheckConstraint(
                name="unmatched_closed_with_reason",
                condition=Q(closed_at__isnull=True, closed_how="")
                | (Q(closed_at__isnull=False) & ~Q(closed_how="")),
            ),
        ]
        indexes = [models.Index(name="unmatched_open", fields=["-found_at"], condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return f"{self.why} {self.key}"

    @property
    def public_id(self) -> str:
        return public("unm", self.id)


class Payout(models.Model):
    """What arrived in an account of ours from a gateway or on a way without one, or left it, as somebody of the seller recorded
    it, and what was kept of it (PAY-13)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gateway = models.CharField(max_length=30)  # the detail of the clearing account from which it comes
    reference = models.CharField(max_length=120)  # the gateway's own id of the payout, or the bank's
    arrived_minor = models.BigIntegerField()  # below zero: it left that account
    fees_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    paid_on = models.DateField()  # the day of the seller's bank
    actor = models.CharField(max_length=120)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=120, default="", db_default="")
    withdrawn_why = models.CharField(max_length=300, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="payout_once", fields=["gateway", "reference"], condition=Q(withdrawn_at=None)
            ),
            models.CheckConstraint(
                name="payout_moves_money_2",
                condition=Q(fees_minor__gte=0) & (~Q(arrived_minor=0) | Q(fees_minor__gt=0)),
            ),
            models.CheckConstraint(
                name="payout_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by="", withdrawn_why="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_why="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference}"

    @property
    def public_id(self) -> str:
        return public("pyo", self.id)


class GatewayEvent(models.Model):
    """What a gateway told us, as it came, once (inbox). Without `kind` nobody understood it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gateway = models.CharField(max_length=30)
    event_id = models.CharField(max_length=LONGEST_EVENT_ID)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    received = models.CharField(max_length=120, db_default="", default="")  # money that it names
    body = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="gateway_event_once", fields=["gateway", "event_id"]),
        ]

    def __str__(self) -> str:
        return self.event_id
