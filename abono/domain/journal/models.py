from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.domain.journal.types import Account, Fact
from abono.kernel.ids import public, uuid7


class Entry(models.Model):
    """One business fact in the journal, once. Only added (PAY-13)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fact = models.CharField(max_length=20)
    reference = models.UUIDField()  # of what the fact is: an invoice, an attempt …
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    contract = models.ForeignKey("contracts.Contract", models.PROTECT, null=True, related_name="+")
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, null=True, related_name="+")
    sandbox = models.BooleanField()  # of a customer who tries things out: no money of anybody
    made_at = models.DateTimeField()
    day = models.DateField()  # of the seller, whatever its zone becomes

    class Meta:
        constraints = [
            models.UniqueConstraint(name="journal_fact_once", fields=["fact", "reference"]),
            models.CheckConstraint(
                name="journal_fact_known_4", condition=Q(fact__in=[fact.value for fact in Fact])
            ),
        ]
        indexes = [models.Index(name="journal_entry_day", fields=["day"])]

    def __str__(self) -> str:
        return f"{self.fact} {self.reference}"

    @property
    def public_id(self) -> str:
        return public("jrn", self.id)


class Posting(models.Model):
    """What an entry moves on one account; those of an entry sum to zero in each currency (trigger)."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="postings", db_index=False)
    account = models.CharField(max_length=11)
    detail = models.CharField(
        max_length=30
    )  # a gateway, a kind of line, a tax; empty where the account has no parts
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()  # debit positive

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="journal_posting_once", fields=["entry", "account", "detail", "currency"]
            ),
            models.CheckConstraint(
                name="journal_account_known_4",
                condition=Q(account__in=[account.value for account in Account]),
            ),
            models.CheckConstraint(name="journal_posting_moves", condition=~Q(amount_minor=0)),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor}"
