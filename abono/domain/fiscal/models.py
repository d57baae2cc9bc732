from __future__ import annotations

from django.db import models
from django.db.models import Q

from abono.domain.fiscal.states import LIVE, Part, State
from abono.kernel.fiscal_key import KeyKind
from abono.kernel.ids import public, uuid7

MOST_BYTES = 2 * 1024 * 1024  # of one file


class Export(models.Model):
    """What whoever issues was given together. Its documents say what each was told (INV-11)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(unique=True)
    documents = models.IntegerField()  # to be issued
    cancels = models.IntegerField()  # to be cancelled
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()  # real time

    def __str__(self) -> str:
        return str(self.number)

    @property
    def public_id(self) -> str:
        return public("fsx", self.id)


class Document(models.Model):
    """A fiscal document of an invoice; of several that it had, one at most is neither cancelled nor listed again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    invoice = models.ForeignKey("invoicing.Invoice", models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    export = models.ForeignKey(Export, models.PROTECT, null=True, related_name="told")
    cancel_export = models.ForeignKey(Export, models.PROTECT, null=True, related_name="told_to_cancel")
    state = models.CharField(max_length=10)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    asked = models.JSONField(null=True)  # what whoever issues was told: see flows.fiscal.export
    key_kind = models.CharField(max_length=5, default="")
    key = models.CharField(max_length=100, default="")
    number = models.CharField(max_length=40, default="")
    series = models.CharField(max_length=20, default="")
    verification = models.CharField(max_length=60, default="")
    issued_on = models.DateField(null=True)
    why = models.CharField(max_length=300, default="")  # it was refused or cancelled
    made_at = models.DateTimeField()  # real time
    answered_at = models.DateTimeField(null=True)  # likewise, the last time

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fiscal_document_state_known", condition=Q(state__in=[s.value for s in State])
            ),
            models.CheckConstraint(
                name="fiscal_document_key_kind_known", condition=Q(key_kind__in=[k.value for k in KeyKind])
            ),
            models.CheckConstraint(name="fiscal_document_of_something", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="fiscal_document_issued_has_number",
                condition=~Q(state__in=[State.ISSUED.value, State.CANCELLED.value])
                | (~Q(number="") & Q(issued_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="fiscal_document_exported_has_export",
                condition=~Q(state=State.EXPORTED.value) | Q(export__isnull=False, asked__isnull=False),
            ),
            models.CheckConstraint(
                name="fiscal_document_says_why",
                condition=~Q(state__in=[State.REFUSED.value, State.CANCELLED.value]) | ~Q(why=""),
            ),
            models.UniqueConstraint(
                name="fiscal_document_one_of_invoice",
                fields=["invoice"],
                condition=Q(state__in=[s.value for s in LIVE]),
            ),
            models.UniqueConstraint(name="fiscal_document_key_once", fields=["key"], condition=~Q(key="")),
        ]
        indexes = [
            models.Index(
                name="fiscal_document_refused", fields=["id"], condition=Q(state=State.REFUSED.value)
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.number}"

    @property
    def public_id(self) -> str:
        return public("fsd", self.id)


class File(models.Model):
    """The XML or the PDF of a document, byte for byte as it came."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="files", db_index=False)
    part = models.CharField(max_length=3)
    content = models.BinaryField()
    size = models.IntegerField()
    digest = models.CharField(max_length=64)  # SHA-256
    at = models.DateTimeField()  # real time

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fiscal_file_part_known", condition=Q(part__in=[p.value for p in Part])
            ),
            models.UniqueConstraint(name="fiscal_file_once", fields=["document", "part"]),
            models.CheckConstraint(name="fiscal_file_bounded", condition=Q(size__gt=0, size__lte=MOST_BYTES)),
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.document_id}"


class Return(models.Model):
    """A file with what was issued, taken whole, and what each line of it did."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    lines = models.JSONField()  # number, reference, and what it did
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()  # real time

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public("fsr", self.id)
