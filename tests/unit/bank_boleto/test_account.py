"""A wrong account is told when the process starts, in one line, before a slip is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from abono.config import suppliers
from abono.config.doctor.around import gateways
from abono.config.doctor.finding import Level
from abono.config.env import ConfigurationError
from abono.config.settings import ENV
from abono.domain.payments import registry
from abono.gateways.bank_boleto.account import BANKS, BadAccount, account_of
from tests.unit.bank_boleto.accounts import OPTIONS, account

ADAPTER = "abono.gateways.bank_boleto.adapter.BankBoletoGateway"


@pytest.mark.parametrize("bank", BANKS)
def test_an_account_of_each_bank_is_taken_as_it_is_told(bank: str) -> None:
    told = OPTIONS[bank]
    assert told.items() <= asdict(account_of(told)).items()


def test_an_agency_has_four_digits_however_it_is_told() -> None:
    assert account("341", agency="810").agency == "0810"


@pytest.mark.parametrize(
    ("bank", "changes", "said"),
    [
        ("341", {"agencia": "1"}, "agencia is no option"),
        ("341", {"name": ""}, "name is missing"),
        ("341", {"wallet": 109}, "wallet must be a text"),
        ("341", {"first_number": "1"}, "first_number must be a whole number from 1"),
        ("341", {"first_number": 0}, "first_number must be a whole number from 1"),
        ("341", {"bank": "999"}, "bank 999 is none of 001, 033, 077, 104, 237, 341, 748, 756"),
        ("341", {"agency": "0810-1"}, "agency must be one to four digits, without its check digit"),
        ("341", {"agency": "٠٨١٠"}, "agency must be one to four digits"),
        ("341", {"account": "536789"}, "account must have 1 to 5 digits at Itaú"),
        ("341", {"account_digit": "5"}, "account_digit of this agency and account is 9"),
        ("341", {"agreement": "1"}, r"agreement \(convênio\) must be empty at Itaú"),
        ("341", {"tax_id": "11222333000182"}, "tax_id is neither a CNPJ nor a CPF"),
        ("341", {"tax_id": "11.222.333/0001-81"}, "tax_id must be written without points"),
        ("341", {"state": "São Paulo"}, "state must be two letters"),
        ("341", {"postcode": "01310-100"}, "postcode must be eight digits"),
        ("341", {"name": "Olga\nPlanos"}, "name must be a line"),
        ("341", {"last_number": 100_000_000}, "first_number and last_number must be a range up to 99999999"),
        ("341", {"first_number": 7, "last_number": 6}, "must be a range"),
        (
            "341",
            {"wallet": "112"},
            "wallet 112 of Itaú has check digits on which the bank's own manual contra",
        ),
        ("341", {"wallet": "175"}, "not registered, which no bank takes any more"),
        ("341", {"wallet": "177"}, "wallet of Itaú must be 109, the others are not proven"),
        ("077", {"wallet": "112"}, "wallet 112 of Banco Inter is numbered by the bank"),
        ("077", {"last_number": None}, "must be those of the range that Banco Inter gave"),
        ("001", {"agreement": "147416"}, r"agreement \(convênio\) must have 7 digits at Banco do Brasil"),
        ("104", {"agreement": "1234567"}, "must have 1 to 6 digits at Caixa"),
        ("748", {"post": ""}, "post must have 2 digits at Sicredi"),
        ("748", {"byte": "1"}, "byte must be a digit from 2 to 9: 1 is the bank's own"),
        ("748", {"last_number": 799_993}, "a range up to 799992"),
        ("756", {"mode": "1"}, "mode must be two digits"),
    ],
)
def test_what_is_wrong_is_said(bank: str, changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadAccount, match=said) as wrong:
        account(bank, **changes)
    assert len(wrong.value.problems) == 1


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadAccount) as wrong:
        account("341", agency="", account="", agencia="0810")
    assert str(wrong.value) == (
        "agencia is no option of a bank's account; agency is missing; account is missing"
    )


@pytest.fixture
def told(settings: Any) -> Iterator[Callable[[dict[str, object]], None]]:
    """Has the settings name one bank, with these options."""

    def tell(options: dict[str, object]) -> None:
        settings.GATEWAYS = {"itau": {"adapter": ADAPTER, "options": options}}
        registry.gateway.cache_clear()

    yield tell
    registry.gateway.cache_clear()


def test_nothing_starts_on_a_wrong_account_and_the_doctor_says_why_in_one_line(
    told: Callable[[dict[str, object]], None],
) -> None:
    told({**OPTIONS["341"], "wallet": "112"})
    why = "itau: wallet 112 of Itaú has check digits on which the bank's own manual contradicts itself"
    with pytest.raises(ConfigurationError, match=why):
        suppliers.require(ENV)
    assert [(one.name, one.level, one.what) for one in gateways(ENV)] == [("gateway", Level.WRONG, why)]


def test_a_right_account_is_served_with(told: Callable[[dict[str, object]], None]) -> None:
    told(OPTIONS["341"])
    suppliers.require(ENV)
    assert [(one.level, one.what) for one in gateways(ENV)] == [(Level.OK, "itau")]
