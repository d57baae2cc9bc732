from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.domain.withholding.types import BUYERS, FISCAL_TYPES, MOST_BYTES
from abono.kernel.ids import uuid7
from abono.kernel.papers import Paper


class Rates(models.Model):
    """What both kinds of rates say."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=30)
    fiscal_type = models.CharField(max_length=9)  # empty: lines of each
    of_tax = models.BooleanField()  # reckoned of a tax on top
    free_up_to_minor = models.BigIntegerField()
    from_date = models.DateField()  # the payer's day
    why = models.CharField(max_length=300)
    set_by = models.CharField(max_length=120)
    set_at = models.DateTimeField()

    class Meta:
        abstract = True


class Rate(Rates):
    """A tax that buyers withhold by law: the same for everybody whom it names. Only added."""

    percent = models.DecimalField(max_digits=7, decimal_places=4)
    country = models.CharField(max_length=2)  # of the buyer; empty: any
    buyer = models.CharField(max_length=7)  # likewise

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="withholding_rate_within",
                condition=Q(percent__gte=0, percent__lte=100, free_up_to_minor__gte=0),
            ),
            models.CheckConstraint(
                name="withholding_rate_of_known",
                condition=Q(fiscal_type__in=("", *FISCAL_TYPES), buyer__in=("", *BUYERS)),
            ),
            models.CheckConstraint(
                name="withholding_rate_says_what", condition=~Q(name="") & ~Q(why="") & ~Q(set_by="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.percent}"


class OwnRate(Rates):
    """What one customer withholds otherwise than everybody. Only added."""

    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)  # null: as everybody, again

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="withholding_own_rate_within",
                condition=Q(free_up_to_minor__gte=0)
                & (Q(percent__isnull=True) | Q(percent__gte=0, percent__lte=100)),
            ),
            models.CheckConstraint(
                name="withholding_own_rate_of_known", condition=Q(fiscal_type__in=("", *FISCAL_TYPES))
            ),
            models.CheckConstraint(
                name="withholding_own_rate_says_what", condition=~Q(name="") & ~Q(why="") & ~Q(set_by="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.percent}"


class WithheldTax(models.Model):
    """One tax of what a buyer withheld of a payment. Only added; it counts as long as its payment does."""

    receipt = models.ForeignKey("payments.Receipt", models.PROTECT, related_name="+", db_index=False)
    position = models.SmallIntegerField()
    name = models.CharField(max_length=30)
    rate_micro = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="withheld_tax_once", fields=["receipt", "position"]),
            models.CheckConstraint(
                name="withheld_tax_of_something",
                condition=Q(rate_micro__gt=0, base_minor__gt=0, amount_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.amount_minor}"


class WithheldProof(models.Model):
    """That a tax, or all that was withheld of a payment, was paid to the tax office in our name. Only added."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receipt = models.ForeignKey("payments.Receipt", models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=30)  # of the tax; empty: of all
    reference = models.CharField(max_length=120)
    proof_date = models.DateField()  # that it bears
    given_by = models.CharField(max_length=120)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="withheld_proof_once", fields=["receipt", "name", "reference"]),
            models.CheckConstraint(name="withheld_proof_named", condition=~Q(reference="")),
        ]

    def __str__(self) -> str:
        return self.reference


class ProofFile(models.Model):
    """A proof itself, byte for byte as it came. Only added."""

    proof = models.OneToOneField(WithheldProof, models.PROTECT, related_name="file")
    kind = models.CharField(max_length=4)
    content = models.BinaryField()
    size = models.IntegerField()
    digest = models.CharField(max_length=64)  # SHA-256
    given_by = models.CharField(max_length=120)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="withheld_proof_file_kind_known", condition=Q(kind__in=[one.value for one in Paper])
            ),
            models.CheckConstraint(
                name="withheld_proof_file_bounded", condition=Q(size__gt=0, size__lte=MOST_BYTES)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.proof_id}"
