"""Types of what comes in, each with its form and bounds: nothing else reaches a use case or the database.

There is no plain text among them, so that NUL and endless text stay outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from abono.domain.adjustments.errors import NoSuchAdjustment, NoSuchIndex
from abono.domain.approvals.errors import NoSuchApproval
from abono.domain.billing_runs.errors import NoSuchRun
from abono.domain.campaigns.errors import NoSuchCampaign
from abono.domain.contracts.errors import (
    NoSuchArrangement,
    NoSuchBatch,
    NoSuchChange,
    NoSuchContract,
    NoSuchSignup,
)
from abono.domain.contracts.states import State
from abono.domain.coupons.errors import NoSuchCoupon
from abono.domain.customers.errors import NoSuchCustomer
from abono.domain.fiscal.errors import NoSuchExport
from abono.domain.identity.errors import NoSuchInvitation, NoSuchMember
from abono.domain.invoicing.errors import NoSuchCreditNote, NoSuchInvoice
from abono.domain.payment_links.errors import NoSuchPaymentLink
from abono.domain.payments.errors import (
    NoSuchBankFile,
    NoSuchDispute,
    NoSuchMandate,
    NoSuchMethod,
    NoSuchPayout,
    NoSuchReceipt,
    NoSuchRefund,
    NoSuchRequest,
)
from abono.domain.statements.errors import NoSuchMovement, NoSuchStatement
from abono.domain.uncovered.errors import NoSuchDecision
from abono.entrypoints.api.protocol import shown
from abono.kernel import written
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.money import CURRENCIES


def _key(prefix: str, missing: type[Refusal]) -> Callable[[object], UUID]:
    """Reads a public id. What is no such id is answered as one that nobody has (ACC-2)."""

    def read(text: object) -> UUID:
        key = parse(prefix, text) if isinstance(text, str) else None
        if key is None:
            raise missing()
        return key

    return read


def _written(form: str, error: str) -> Callable[[object], object]:
    """Lets through what is written in this form: pydantic would also take numbers for seconds since 1970."""

    def check(text: object) -> object:
        if not isinstance(text, str) or not re.fullmatch(form, text):
            raise PydanticCustomError(error, "not of the form")
        return text

    return check


def _of(known: Collection[str]) -> Callable[[str], str]:
    """Lets through what is one of these."""

    def check(text: str) -> str:
        if text not in known:
            raise PydanticCustomError("literal_error", "not one of these", {"expected": ", ".join(known)})
        return text

    return check


def _seen(text: str) -> str:
    """Lets through a line of which every character is seen: people read it as it is stored."""
    if not written.seen(text):
        raise PydanticCustomError("unseen", "not all of it is seen")
    return text


def _said(text: str) -> str:
    """Lets through what is more than spaces."""
    if not text.strip():
        raise PydanticCustomError("unseen", "only spaces")
    return text


_FURTHEST = timedelta(hours=15, minutes=59)  # PostgreSQL knows no other offsets, nor does anybody live there


def _in_utc(at: datetime) -> datetime:
    """The same moment in UTC, which the database can always read."""
    if abs(at.utcoffset() or timedelta()) > _FURTHEST:
        raise PydanticCustomError("offset", "too far from UTC")
    try:
        return at.astimezone(UTC)
    except OverflowError:  # before the year 1 or after 9999 there
        raise PydanticCustomError("datetime_parsing", "not of the form") from None


class Asked(Schema):
    """A body that comes in: what it does not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


ContractId = Annotated[
    UUID, BeforeValidator(_key("ctr", NoSuchContract)), WithJsonSchema(shown.identifier("ctr"))
]
ChangeId = Annotated[
    UUID, BeforeValidator(_key("chg", NoSuchChange)), WithJsonSchema(shown.identifier("chg"))
]
CardId = Annotated[UUID, BeforeValidator(_key("pay", NoSuchMethod)), WithJsonSchema(shown.identifier("pay"))]
InvoiceId = Annotated[
    UUID, BeforeValidator(_key("inv", NoSuchInvoice)), WithJsonSchema(shown.identifier("inv"))
]
CreditNoteId = Annotated[
    UUID, BeforeValidator(_key("crn", NoSuchCreditNote)), WithJsonSchema(shown.identifier("crn"))
]
ReceiptId = Annotated[
    UUID, BeforeValidator(_key("rcp", NoSuchReceipt)), WithJsonSchema(shown.identifier("rcp"))
]
DisputeId = Annotated[
    UUID, BeforeValidator(_key("dsp", NoSuchDispute)), WithJsonSchema(shown.identifier("dsp"))
]
PaymentRequestId = Annotated[
    UUID, BeforeValidator(_key("prq", NoSuchRequest)), WithJsonSchema(shown.identifier("prq"))
]
MandateId = Annotated[
    UUID, BeforeValidator(_key("mdt", NoSuchMandate)), WithJsonSchema(shown.identifier("mdt"))
]
RefundId = Annotated[
    UUID, BeforeValidator(_key("ref", NoSuchRefund)), WithJsonSchema(shown.identifier("ref"))
]
PayoutId = Annotated[
    UUID, BeforeValidator(_key("pyo", NoSuchPayout)), WithJsonSchema(shown.identifier("pyo"))
]
BankFileId = Annotated[
    UUID, BeforeValidator(_key("bfl", NoSuchBankFile)), WithJsonSchema(shown.identifier("bfl"))
]
StatementId = Annotated[
    UUID, BeforeValidator(_key("stm", NoSuchStatement)), WithJsonSchema(shown.identifier("stm"))
]
MovementId = Annotated[
    UUID, BeforeValidator(_key("mov", NoSuchMovement)), WithJsonSchema(shown.identifier("mov"))
]
FiscalExportId = Annotated[
    UUID, BeforeValidator(_key("fsx", NoSuchExport)), WithJsonSchema(shown.identifier("fsx"))
]
RunId = Annotated[UUID, BeforeValidator(_key("run", NoSuchRun)), WithJsonSchema(shown.identifier("run"))]
CouponId = Annotated[
    UUID, BeforeValidator(_key("cpn", NoSuchCoupon)), WithJsonSchema(shown.identifier("cpn"))
]
PaymentLinkId = Annotated[
    UUID, BeforeValidator(_key("lnk", NoSuchPaymentLink)), WithJsonSchema(shown.identifier("lnk"))
]
PersonId = Annotated[
    UUID, BeforeValidator(_key("usr", NoSuchMember)), WithJsonSchema(shown.identifier("usr"))
]
InvitationId = Annotated[
    UUID, BeforeValidator(_key("ivt", NoSuchInvitation)), WithJsonSchema(shown.identifier("ivt"))
]
_IN_AN_ADDRESS = r"^[^/.\x00-\x1f][^/\x00-\x1f]*$"
_CAMPAIGN_MOST = 200


def _campaign(text: object) -> str:
    """What can be no campaign's id is answered as one that nobody has."""
    if not isinstance(text, str) or len(text) > _CAMPAIGN_MOST or "\0" in text:
        raise NoSuchCampaign()
    return text


CampaignId = Annotated[
    str,
    BeforeValidator(_campaign),
    WithJsonSchema({"type": "string", "pattern": _IN_AN_ADDRESS, "examples": ["easter-2026"]}),
]
ChosenCampaignId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=_CAMPAIGN_MOST, pattern=_IN_AN_ADDRESS),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": _CAMPAIGN_MOST,
            "pattern": _IN_AN_ADDRESS,
            "description": "Your own id. It stands in addresses, so it has no slash and begins with no dot.",
            "examples": ["easter-2026"],
        }
    ),
]
CustomerId = Annotated[
    UUID, BeforeValidator(_key("cus", NoSuchCustomer)), WithJsonSchema(shown.identifier("cus"))
]
OrderId = Annotated[UUID, BeforeValidator(_key("sig", NoSuchSignup)), WithJsonSchema(shown.identifier("sig"))]
VersionMoveId = Annotated[
    UUID, BeforeValidator(_key("bat", NoSuchBatch)), WithJsonSchema(shown.identifier("bat"))
]
IndexId = Annotated[UUID, BeforeValidator(_key("idx", NoSuchIndex)), WithJsonSchema(shown.identifier("idx"))]
AdjustmentId = Annotated[
    UUID, BeforeValidator(_key("adj", NoSuchAdjustment)), WithJsonSchema(shown.identifier("adj"))
]
ArrangementId = Annotated[
    UUID, BeforeValidator(_key("arr", NoSuchArrangement)), WithJsonSchema(shown.identifier("arr"))
]
ApprovalId = Annotated[
    UUID, BeforeValidator(_key("apr", NoSuchApproval)), WithJsonSchema(shown.identifier("apr"))
]
DecisionId = Annotated[
    UUID, BeforeValidator(_key("unc", NoSuchDecision)), WithJsonSchema(shown.identifier("unc"))
]


def _subject(text: object) -> UUID:
    """Whatever an event can be about."""
    key = parse(text[:3], text) if isinstance(text, str) else None
    if key is None:
        raise PydanticCustomError("string_pattern_mismatch", "not an id", {"pattern": shown.ANY_ID})
    return key


SubjectId = Annotated[UUID, BeforeValidator(_subject), WithJsonSchema(shown.text(shown.ANY_ID))]
_EVENT_NAME, _CODE = r"^[a-z0-9_]+\.[a-z0-9_]+$", r"^[A-Za-z0-9._-]+$"
_CURRENCY, _COUNTRY, _ANYWHERE = r"^[A-Z]{3}$", r"^[A-Z]{2}$", r"^([A-Z]{2}|\*)$"
_INDEX, _MONTH = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,19}$", r"^[12][0-9]{3}-(0[1-9]|1[0-2])$"
_NUMBER, _TIME_ZONE = r"^[0-9]{4}-[0-9]{6}-[0-9]$", r"^[A-Za-z0-9_+/-]+$"
EXAMPLES = {  # for whoever wrote something else
    _EVENT_NAME: "contract.activated",
    _CODE: "sms",
    _CURRENCY: "BRL",
    _COUNTRY: "BR",
    _ANYWHERE: "BR",
    _INDEX: "IPCA",
    _MONTH: "2026-01",
    _NUMBER: "2026-000042-7",
    _TIME_ZONE: "America/Bogota",
    shown.ANY_ID: f"ctr_{shown.SAMPLE}",
}
EventName = Annotated[str, StringConstraints(max_length=60, pattern=_EVENT_NAME)]
ContractState = Annotated[State, shown.words(State)]
Cursor = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
Code = Annotated[str, StringConstraints(max_length=30, pattern=_CODE)]
type Interval = Literal["month", "year"]
Currency = Annotated[str, StringConstraints(pattern=_CURRENCY)]
KnownCurrency = Annotated[
    Currency, AfterValidator(_of(CURRENCIES)), WithJsonSchema({"type": "string", "enum": [*CURRENCIES]})
]
Country = Annotated[str, StringConstraints(pattern=_COUNTRY)]
CountryOrAny = Annotated[str, StringConstraints(pattern=_ANYWHERE)]
ContractNumber = Annotated[str, StringConstraints(pattern=_NUMBER)]
OneLine = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Seen = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$"), AfterValidator(_seen)]
Said = Annotated[Seen, StringConstraints(min_length=1), AfterValidator(_said)]
Reason = Annotated[Said, StringConstraints(max_length=300)]
Email = Annotated[OneLine, StringConstraints(min_length=3, max_length=254)]
TimeZone = Annotated[str, StringConstraints(max_length=40, pattern=_TIME_ZONE)]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.+", "datetime_parsing")),
    AfterValidator(_in_utc),
]
Whole = Annotated[int, Field(strict=True)]  # 25291.0 is one as well: see strict.JsonParser
Day = Annotated[date, BeforeValidator(_written(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "date_parsing"))]

IndexCode = Annotated[str, StringConstraints(pattern=_INDEX)]
Month = Annotated[str, StringConstraints(pattern=_MONTH)]
