"""One account of each bank, of the seller of the cast, and what Padaria Sol is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from abono.domain.payments.ports.push import LateTerms, Payer, PushRequest
from abono.gateways.bank_boleto.account import Account, account_of
from abono.kernel.due import Means
from abono.kernel.money import Money

_SELLER: dict[str, object] = {
    "name": "Olga Planos Ltda.",
    "tax_id": "11222333000181",
    "street": "Rua das Acácias, 40",
    "city": "São Paulo",
    "state": "SP",
    "postcode": "01310100",
}
OPTIONS: dict[str, dict[str, object]] = {
    bank: {"bank": bank, **_SELLER, **of_bank}
    for bank, of_bank in {
        "001": {
            "agency": "3174",
            "agency_digit": "7",
            "account": "11672",
            "account_digit": "6",
            "agreement": "1474166",
            "wallet": "17",
        },
        "033": {"agency": "0059", "account": "013000123", "agreement": "1899775", "wallet": "101"},
        "077": {
            "agency": "0001",
            "account": "12345678",
            "agreement": "1234567",
            "wallet": "110",
            "first_number": 450,
            "last_number": 900_000,
        },
        "104": {"agency": "1234", "account": "1234567", "agreement": "123456", "wallet": "14"},
        "237": {
            "agency": "1234",
            "agency_digit": "3",
            "account": "123456",
            "account_digit": "0",
            "wallet": "09",
        },
        "341": {"agency": "0810", "account": "53678", "account_digit": "9", "wallet": "109"},
        "748": {"agency": "0156", "account": "85305", "agreement": "85305", "post": "05", "wallet": "1"},
        "756": {"agency": "4277", "account": "64980", "agreement": "172278", "wallet": "1"},
    }.items()
}
REQUEST = PushRequest(
    key="psh_1",
    means=Means.SLIP,
    amount=Money(19_990, "BRL"),
    number=1,
    title="A-000042",
    payer=Payer(
        "Padaria Sol Ltda.", "12ABC34501DE35", "Avenida Paulista, 1000", "São Paulo", "SP", "01310100"
    ),
    issued=date(2026, 12, 1),
    asked_at=datetime(2026, 12, 1, 12, tzinfo=UTC),
    due_date=date(2026, 12, 15),
    until=datetime(2027, 3, 15, tzinfo=UTC),
    late=LateTerms(fine=Decimal(2), interest=Decimal(1)),
)

PIX = "00020101021226930014br.gov.bcb.pix2571qr.seller.example/v2/cobv/9d36b84fc70b478fb95c12729b90ca25520400005303986540519.905802BR5911OLGA PLANOS6009SAO PAULO62070503***63041C4E"
"""What a bank could give for it."""


def account(bank: str, /, **changes: object) -> Account:
    return account_of(OPTIONS[bank] | changes)


FOR_FILES: dict[str, dict[str, object]] = {
    "001": {"variation": "019"},
    "033": {"transmission": "005900001899775", "account_digit": "4"},
    "104": {"agency_digit": "2"},
    "237": {"agreement": "4540691"},
    "341": {},
    "748": {"account_digit": "1"},
    "756": {},
}
"""Each bank whose files we write, and what its files want to know besides."""


def account_for_files(bank: str) -> Account:
    return account(bank, **FOR_FILES[bank])


def asked(**changes: object) -> PushRequest:
    return replace(REQUEST, **changes)  # type: ignore[arg-type]
