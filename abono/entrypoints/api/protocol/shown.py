"""Types of texts in answers: they are right already, so nothing looks at them; the document says what they look like."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

from pydantic import WithJsonSchema

from abono.domain.catalog.sections import INTERVALS
from abono.domain.catalog.types import PERIODS, SCOPES, STATUSES, UNITS
from abono.domain.metering.types import ENDS

SAMPLE = "01jzd2v6k3e8rv9a4mrw5qy0bn"  # the part of an id behind its prefix
_CODE = "^[A-Za-z0-9._-]{1,40}$"


def text(pattern: str, *examples: str, description: str = "") -> dict[str, Any]:
    """A schema."""
    said = {"examples": [*examples], "description": description}
    return {"type": "string", "pattern": pattern, **{name: value for name, value in said.items() if value}}


def identifier(prefix: str) -> dict[str, Any]:
    """The schema of a public id."""
    return text(f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", f"{prefix}_{SAMPLE}")


ContractId = Annotated[str, WithJsonSchema(identifier("ctr"))]
ChangeId = Annotated[str, WithJsonSchema(identifier("chg"))]
RefundId = Annotated[str, WithJsonSchema(identifier("ref"))]
ReceiptId = Annotated[str, WithJsonSchema(identifier("rcp"))]
WithholdingRateId = Annotated[str, WithJsonSchema(identifier("whr"))]
DisputeId = Annotated[str, WithJsonSchema(identifier("dsp"))]
InvoiceId = Annotated[str, WithJsonSchema(identifier("inv"))]
CardId = Annotated[str, WithJsonSchema(identifier("pay"))]
CustomerId = Annotated[str, WithJsonSchema(identifier("cus"))]
PlanId = Annotated[str, WithJsonSchema(identifier("pln"))]
PackageId = Annotated[str, WithJsonSchema(identifier("pkg"))]
AttemptId = Annotated[str, WithJsonSchema(identifier("att"))]
OrderId = Annotated[str, WithJsonSchema(identifier("sig"))]
PersonId = Annotated[str, WithJsonSchema(identifier("usr"))]
InvitationId = Annotated[str, WithJsonSchema(identifier("ivt"))]
VersionMoveId = Annotated[str, WithJsonSchema(identifier("bat"))]
ArrangementId = Annotated[str, WithJsonSchema(identifier("arr"))]
IndexId = Annotated[str, WithJsonSchema(identifier("idx"))]
IndexCode = Annotated[str, WithJsonSchema(text("^[A-Z0-9][A-Z0-9_-]{0,19}$", "IPCA"))]
Month = Annotated[str, WithJsonSchema(text("^[0-9]{4}-(0[1-9]|1[0-2])$", "2026-01"))]
Factor = Annotated[str, WithJsonSchema(text(r"^[0-9]+\.[0-9]{8}$", "1.03791648"))]
AdjustmentId = Annotated[str, WithJsonSchema(identifier("adj"))]
ApprovalId = Annotated[str, WithJsonSchema(identifier("apr"))]
PaymentRequestId = Annotated[str, WithJsonSchema(identifier("prq"))]
MandateId = Annotated[str, WithJsonSchema(identifier("mdt"))]
PaymentLinkId = Annotated[str, WithJsonSchema(identifier("lnk"))]
FiscalCode = Annotated[str, WithJsonSchema(text("^[0-9A-Za-z.-]{0,20}$", "1.05"))]
CouponCode = Annotated[str, WithJsonSchema(text("^[A-Z0-9][A-Z0-9_-]{0,29}$", "SPRING10"))]
CouponId = Annotated[str, WithJsonSchema(identifier("cpn"))]
CreditNoteId = Annotated[str, WithJsonSchema(identifier("crn"))]
PayoutId = Annotated[str, WithJsonSchema(identifier("pyo"))]
FiscalExportId = Annotated[str, WithJsonSchema(identifier("fsx"))]
StatementId = Annotated[str, WithJsonSchema(identifier("stm"))]
MovementId = Annotated[str, WithJsonSchema(identifier("mov"))]
BankFileId = Annotated[str, WithJsonSchema(identifier("bfl"))]
RunId = Annotated[str, WithJsonSchema(identifier("run"))]
EntryId = Annotated[str, WithJsonSchema(identifier("jrn"))]
EventId = Annotated[str, WithJsonSchema(identifier("evt"))]
Address = Annotated[str, WithJsonSchema({"type": "string", "format": "uri", "maxLength": 500})]
ANY_ID = "^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$"
AnyId = Annotated[str, WithJsonSchema(text(ANY_ID))]
TheirId = Annotated[str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200})]
ContractNumber = Annotated[str, WithJsonSchema(text("^[0-9]{4}-[0-9]{6}-[0-9]$", "2026-000042-7"))]
Currency = Annotated[str, WithJsonSchema(text("^[A-Z]{3}$", "BRL"))]
Interval = Annotated[str, WithJsonSchema({"type": "string", "enum": [*INTERVALS]})]
ChangePart = Annotated[str, WithJsonSchema({"type": "string", "enum": ["plan", "package"]})]
Outcome = Annotated[str, WithJsonSchema({"type": "string", "enum": [end.name.lower() for end in ENDS]})]
Unit = Annotated[str, WithJsonSchema({"type": "string", "enum": [*UNITS]})]
DrawsAt = Annotated[str, WithJsonSchema({"type": "string", "enum": [*STATUSES]})]
FreePer = Annotated[str, WithJsonSchema({"type": "string", "enum": [*SCOPES]})]
FreeEvery = Annotated[str, WithJsonSchema({"type": "string", "enum": [*PERIODS]})]
TimeZone = Annotated[str, WithJsonSchema(text("^[A-Za-z0-9_+/-]{1,40}$", "America/Sao_Paulo"))]
Code = Annotated[str, WithJsonSchema(text(_CODE))]
Channel = Annotated[str, WithJsonSchema(text(_CODE, "sms"))]
Kind = Annotated[str, WithJsonSchema(text(_CODE, "message"))]
Country = Annotated[
    str,
    WithJsonSchema(
        text(r"^([A-Z]{2}|\*)$", "BR", description="`*` for a channel that is priced the same everywhere.")
    ),
]


def words(of: type[Enum]) -> WithJsonSchema:
    """Its values, where they are shown: a part of the document is named by its class, and many are called `State`."""
    return WithJsonSchema({"type": "string", "enum": [one.value for one in of]})


Cursor = Annotated[
    str,
    WithJsonSchema(
        text(
            "^[A-Za-z0-9_-]{1,60}$", description="Pass it back as `cursor`, as it is; null on the last page."
        )
    ),
]
