"""Files for banks and of banks, for the seller's programs: written, taken, downloaded, and what each line did (PAY-4, PAY-7)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections import Counter
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from abono.domain.identity.keys import READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.payments import registry
from abono.domain.payments.errors import BadBankFile, NoSuchBankFile
from abono.domain.payments.files import bank_files, bank_orders
from abono.domain.payments.files.bank_files import FileInfo, LineInfo
from abono.domain.payments.ports import push
from abono.domain.payments.states import Did, Direction
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest, count_file
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import IdempotencyKey, answers
from abono.entrypoints.api.protocol.fields import Asked, BankFileId, Said
from abono.entrypoints.api.protocol.keyed import once
from abono.entrypoints.api.protocol.whose import sellers
from abono.entrypoints.words.refused import refused
from abono.flows.bank_files.daily import next_at
from abono.flows.bank_files.remit import remit, to_ask
from abono.flows.bank_files.take import take
from abono.flows.bank_files.watch import fetch
from abono.platform import clock
from abono.platform.idempotency import Ask
from abono.platform.web.download import as_file

router = Router(tags=["bank files"])

type Gateway = Annotated[Said, Field(max_length=30, examples=["bank_boleto"])]
BYTES = {
    "responses": {
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    }
}


class RemittanceAsked(Asked):
    """`gateway`: the account, as the settings name it."""

    gateway: Gateway


class ReturnAsked(Asked):
    """`content`: the bank's return file in base64, CNAB 240 or 400, or a zip with this one file in it."""

    name: Annotated[Said, Field(max_length=100, examples=["CB301100.RET"])]
    content: Annotated[
        str, Field(max_length=4_000_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$", examples=["MDJSRVRPUk5P"])
    ]


class DidLines(Schema):
    """How many lines did what."""

    did: Annotated[Did, shown.words(Did)]
    lines: int


class BankFile(Schema):
    """A remittance, or a return. `number`: as its header says; 0 where the bank counts none. `applied_at`: when all of it was applied."""

    id: shown.BankFileId
    direction: Annotated[Direction, shown.words(Direction)]
    gateway: Gateway
    number: int
    made_on: date | None
    name: Annotated[str, Field(max_length=100)]
    lines: Annotated[int, Field(description="Orders of a remittance; titles of which a return tells.")]
    recorded_at: datetime
    applied_at: datetime | None
    downloaded_at: Annotated[
        datetime | None,
        Field(description="Of a remittance: when somebody took it first, to send it to the bank."),
    ]


class BankAccount(Schema):
    """An account at a bank that speaks in files: what its bank is to be asked, and when that is written."""

    gateway: Gateway
    to_register: int
    to_write_off: int
    next_at: Annotated[
        datetime | None,
        Field(
            description="When the next file is written by itself (setting `remittances_at`); null: it is not."
        ),
    ]
    last: Annotated[shown.BankFileId | None, Field(description="The last file that was written for it.")]
    not_written_off: Annotated[
        list[shown.PaymentRequestId],
        Field(description="Slips that the bank refused three times to write off: a person has to."),
    ]


class BankAccountList(Schema):
    items: list[BankAccount]


class BankFileWithReport(BankFile):
    did: Annotated[list[DidLines], Field(description="Of a return: what its lines did so far.")]
    left: Annotated[int, Field(description="Of a return: lines that are not applied yet.")]


class BankFileList(Schema):
    items: list[BankFile]
    next_cursor: shown.Cursor | None


class BankLine(Schema):
    line: int
    slip: Annotated[str, Field(max_length=120, description="The bank's number of the slip.")]
    invoice: Annotated[
        shown.InvoiceId | None, Field(description="Of the slip; null where none of ours has its number.")
    ]
    code: Annotated[str, Field(max_length=4, description="What happened, as the bank codes it.")]
    reasons: list[Annotated[str, Field(max_length=10)]]
    said: Annotated[
        str,
        Field(
            max_length=2_000, description="Why the bank refused, in the caller's language, with its codes."
        ),
    ]
    happened_on: date | None
    amount_minor: int | None
    fee_minor: int | None
    currency: Literal["BRL"]
    did: Annotated[Did | None, shown.words(Did), Field(description="Null while it is not applied.")]


class BankLineList(Schema):
    items: list[BankLine]
    next_after: Annotated[int | None, Field(description="`after` of the next page.")]


class LinesQuery(Schema):
    after: Annotated[int, Field(ge=0, le=10**9, description="Lines behind this one.")] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    did: Annotated[Did | None, Field(description="Only lines that did this.")] = None


@router.get("/bank-files", **answers({200: BankFileList}, 403, 422, scope=READ))
def list_bank_files(request: ApiRequest, query: Query[PageQuery]) -> BankFileList:
    """Of both directions, newest first. Of the seller's keys."""
    sellers(request, Act.READ)
    items, following = page_by_id("k", query, bank_files.newest)
    return BankFileList(items=[BankFile(**_file(one)) for one in items], next_cursor=following)


@router.get("/bank-accounts", **answers({200: BankAccountList}, 403, scope=READ))
def list_bank_accounts(request: ApiRequest) -> BankAccountList:
    """All that are set up, with what their banks are to be asked. Of the seller's keys."""
    sellers(request, Act.READ)
    return BankAccountList(items=[_account(name) for name in registry.bank_accounts()])


@router.post("/remittances", **answers({201: BankFile}, 400, 403, 409, 413, 415, 422, scope=WRITE))
def create_remittance(
    request: ApiRequest, body: RemittanceAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Write the next file for the bank of an account: all that it is to be asked. 409: that is nothing."""
    sellers(request, Act.MONEY)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        made = remit(gateway=body.gateway, actor=request.auth.actor, real=clock.now())
        return HTTPStatus.CREATED, BankFile(**_file(made))

    return once(request, idempotency_key, act)


@router.post("/bank-files", **answers({201: BankFile}, 400, 403, 409, 413, 415, 422, scope=WRITE))
def create_bank_file(
    request: ApiRequest, body: ReturnAsked, idempotency_key: IdempotencyKey = None
) -> HttpResponse:
    """Take a bank's return file. It is looked at whole before any of it is believed; its lines are applied from then on. The same file
    again is the one that was taken. 409: another one with its number and day was. 422: it cannot be believed."""
    sellers(request, Act.MONEY)

    def act(_ask: Ask) -> tuple[HTTPStatus, Schema]:
        try:
            content = b64decode(body.content, validate=True)
        except binascii.Error:
            raise BadBankFile.because("layout", 1, "base64") from None
        file, _new = take(name=body.name, content=content, actor=request.auth.actor, real=clock.now())
        return HTTPStatus.CREATED, BankFile(**_file(file))

    return once(request, idempotency_key, act)


@router.get("/bank-files/{file_id}", **answers({200: BankFileWithReport}, 403, 404, scope=READ))
def read_bank_file(request: ApiRequest, file_id: BankFileId) -> BankFileWithReport:
    """One file, and what its lines did."""
    found, report = _get(request, file_id), bank_files.report(file_id)
    did = [DidLines(did=one, lines=count) for one, count in report.did.items()]
    return BankFileWithReport(**_file(found), did=did, left=report.left)


@router.get("/bank-files/{file_id}/lines", **answers({200: BankLineList}, 403, 404, 422, scope=READ))
def list_bank_file_lines(request: ApiRequest, file_id: BankFileId, query: Query[LinesQuery]) -> BankLineList:
    """Of a return, in their order; of a remittance there are none."""
    _get(request, file_id)
    found = bank_files.lines(file_id, did=query.did, after=query.after, limit=query.limit + 1)
    more = found[query.limit - 1].told.line if len(found) > query.limit else None
    return BankLineList(items=[_line(one) for one in found[: query.limit]], next_after=more)


@router.get(
    "/bank-files/{file_id}/content", **answers({200: None}, 403, 404, scope=READ, openapi_extra=BYTES)
)
def read_bank_file_content(request: ApiRequest, file_id: BankFileId) -> HttpResponse:
    """The file as it went or came, byte for byte. A remittance counts as carried to its bank once a key downloads it that may write."""
    count_file(request)
    _get(request, file_id)
    carries = request.auth.may(WRITE)
    found, kept = fetch(file_id=file_id, carries=carries, actor=request.auth.actor, real=clock.now())
    content = HttpResponse(kept, content_type="application/octet-stream")
    return as_file(content, f"{found.public_id}.txt")


def _get(request: ApiRequest, file_id: BankFileId) -> FileInfo:
    if request.auth.customer_id is not None:
        raise NoSuchBankFile()
    sellers(request, Act.READ)
    return bank_files.get(file_id)


def _account(name: str) -> BankAccount:
    acts, last = Counter(to_ask(name).values()), bank_files.newest_remittance(name)
    return BankAccount(
        gateway=name,
        to_register=acts[push.Act.REGISTER],
        to_write_off=acts[push.Act.WRITE_OFF],
        next_at=next_at(name, real=clock.now()),
        last=None if last is None else last.public_id,
        not_written_off=[slip.public_id for slip in bank_orders.given_up(name)],
    )


def _file(one: FileInfo) -> dict[str, Any]:
    return {
        "id": one.public_id,
        "direction": one.direction,
        "gateway": one.gateway,
        "number": one.number,
        "made_on": one.made_on,
        "name": one.name,
        "lines": one.lines,
        "recorded_at": one.at,
        "applied_at": one.done_at,
        "downloaded_at": one.fetched_at,
    }


def _line(one: LineInfo) -> BankLine:
    told, came = one.told, one.told.received
    return BankLine(
        line=told.line,
        slip=told.reference,
        invoice=None if one.request is None else one.request.invoice_public_id,
        code=told.code,
        reasons=list(told.reasons),
        said=refused(told.why) if told.refuses else "",
        happened_on=told.happened_on,
        amount_minor=None if came is None else came.amount.minor,
        fee_minor=None if came is None or came.fee is None else came.fee.minor,
        currency="BRL",
        did=one.did,
    )
