"""The tables of files for banks and of banks; a part of `models`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.domain.payments.ports.push import Act, Happening
from abono.domain.payments.states import Did, Direction
from abono.domain.payments.tables.requested import PaymentRequest
from abono.kernel.ids import public, uuid7


class BankFile(models.Model):
    """A file that a bank was sent, or sent, byte for byte as it was (PAY-4, PAY-7)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    direction = models.CharField(max_length=10)
    gateway = models.CharField(max_length=30)  # the account
    number = models.BigIntegerField()  # of its direction, as its header says; 0 where the bank counts none
    made_on = models.DateField(null=True)  # the bank's day
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)  # of what it says, whatever its line ends
    content = models.BinaryField()  # by zlib
    lines = models.IntegerField()  # orders, or titles of which it tells
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()  # real time
    done_at = models.DateTimeField(null=True)  # real time: all of it is applied
    fetched_at = models.DateTimeField(null=True)  # real time: a remittance was downloaded first

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bank_file_direction_known", condition=Q(direction__in=[d.value for d in Direction])
            ),
            models.UniqueConstraint(
                name="bank_file_once",
                fields=["gateway", "digest"],
                condition=Q(direction=Direction.RETURN.value),
            ),
            models.UniqueConstraint(
                name="bank_file_number_once",
                fields=["gateway", "number"],
                condition=Q(direction=Direction.REMITTANCE.value),
            ),
            models.UniqueConstraint(
                name="bank_file_day_and_number_once",
                fields=["gateway", "made_on", "number"],
                condition=Q(direction=Direction.RETURN.value, number__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.gateway} {self.number}"

    @property
    def public_id(self) -> str:
        return public("bfl", self.id)


class BankOrder(models.Model):
    """What a remittance asks the bank to do with a slip. What is to be asked follows from the requests; this is what was."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.ForeignKey(BankFile, models.PROTECT, related_name="orders")
    request = models.ForeignKey(PaymentRequest, models.PROTECT, related_name="orders")
    act = models.CharField(max_length=12)
    refused = models.BooleanField(default=False)  # the bank did not do it: it can be asked again

    class Meta:
        constraints = [
            models.CheckConstraint(name="bank_order_act_known", condition=Q(act__in=[a.value for a in Act])),
            models.UniqueConstraint(
                name="bank_order_once",
                fields=["request", "act"],
                condition=Q(refused=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.request_id}"


class BankLine(models.Model):
    """What a return says of a title, and what that did here; empty until it is applied."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(BankFile, models.PROTECT, related_name="told", db_index=False)
    line = models.IntegerField()  # in the file, from 1
    happening = models.CharField(max_length=12)
    reference = models.CharField(max_length=120)  # the bank's number of the title
    title = models.CharField(max_length=25)  # the number of our invoice, as the bank repeats it
    code = models.CharField(max_length=4)
    reasons = models.CharField(max_length=60)  # codes, with blanks between them
    said = models.CharField(max_length=400)  # our words for them, with blanks between them
    happened_on = models.DateField(null=True)
    money = models.CharField(max_length=120)  # its name at the bank; empty where none came
    amount_minor = models.BigIntegerField(null=True)
    late_minor = models.BigIntegerField(null=True)  # of it, fine and interest
    fee_minor = models.BigIntegerField(null=True)
    credited_on = models.DateField(null=True)
    qr = models.CharField(max_length=512)
    request = models.ForeignKey(PaymentRequest, models.PROTECT, null=True, related_name="told")
    did = models.CharField(max_length=12, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="bank_line_once", fields=["file", "line"]),
            models.CheckConstraint(
                name="bank_line_happening_known", condition=Q(happening__in=[h.value for h in Happening])
            ),
            models.CheckConstraint(
                name="bank_line_did_known", condition=Q(did__in=["", *(d.value for d in Did)])
            ),
            models.CheckConstraint(
                name="bank_line_money_has_an_amount",
                condition=Q(money="", amount_minor=None)
                | (~Q(money="") & Q(amount_minor__gt=0, amount_minor__isnull=False)),
            ),
        ]
        indexes = [models.Index(name="bank_line_open", fields=["file", "line"], condition=Q(did=""))]

    def __str__(self) -> str:
        return f"line {self.line} of {self.file_id}"
