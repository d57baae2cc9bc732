"""What banks' return files mean: ten that others published, in every fact that was read of them twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from abono.domain.payments.ports.push import Happening, Received, ReturnLine
from abono.gateways.bank_boleto.occurrences import happening
from abono.gateways.bank_boleto.records import Record, layout_of, records
from abono.gateways.bank_boleto.returns import read
from abono.kernel.money import Money
from tests.unit.bank_boleto.samples import ACCOUNTS, EXPECTED, FILES, changed, content

FILES_OF_BANKS = pytest.mark.rule("PAY-4", part="bank files")
IN_ANY_ORDER = pytest.mark.rule("PAY-7", part="bank files")


CAIXA, ITAU, SANTANDER = "104_caixa_cnab240.ret", "341_itau_cnab400.ret", "033_santander_pix_cnab400.ret"


def lines(file: str, told: bytes = b"") -> tuple[ReturnLine, ...]:
    return tuple(read(ACCOUNTS[file], told or content(file)).lines)


def paid(file: str, told: bytes = b"") -> list[Received]:
    return [line.received for line in lines(file, told) if line.received]


@FILES_OF_BANKS
@pytest.mark.parametrize("expected", EXPECTED, ids=FILES)
def test_a_published_file_is_read_in_every_fact(expected: Mapping[str, Any]) -> None:
    account, published = ACCOUNTS[expected["file"]], content(expected["file"])
    layout = layout_of(published, account)
    found = [record for record in records(published, layout, account) if isinstance(record, Record)]
    day = "%d%m%Y" if layout.length == 240 else "%d%m%y"
    said: list[dict[str, object]] = [
        {
            "occurrence": record.occurrence,
            "our_number": record.number,
            "amount_field_cents": record.amount,
            "event_date": f"{record.happened_on:{day}}",
            "credit_date": f"{record.credited_on:{day}}" if record.credited_on else " " * 8,
        }
        for record in found
    ]
    if layout.length == 400:  # of these nobody noted it
        for record in said:
            del record["credit_date"]
    assert said == expected["records"]
    assert (layout.length, account.bank) == (expected["layout"], expected["bank"])


@FILES_OF_BANKS
@pytest.mark.parametrize("expected", EXPECTED, ids=FILES)
def test_money_is_what_is_settled_and_nothing_else(expected: Mapping[str, Any]) -> None:
    of_file = paid(expected["file"])
    kept = sum(one.fee.minor for one in of_file if one.fee) if expected["bank"] == "341" else 0
    assert sum(one.amount.minor for one in of_file) - kept == expected["settled_total_cents"]


@FILES_OF_BANKS
@pytest.mark.parametrize("file", ["033_santander_cnab240.ret", "237_bradesco_cnab400.ret"])
def test_a_sum_beside_a_registration_is_no_money(file: str) -> None:
    first = lines(file)[0]
    assert (first.happening, first.code, first.received) == (Happening.REGISTERED, "02", None)


@FILES_OF_BANKS
@pytest.mark.parametrize(
    ("file", "reference"),
    [
        ("001_bb_cnab400.ret", "11122450000000290"),
        ("033_santander_cnab240.ret", "000000000140"),  # 140 and its check digit 6
        ("033_santander_pix_cnab400.ret", "000000000001"),
        ("104_caixa_cnab240.ret", "24000000011136997"),
        ("237_bradesco_cnab400.ret", "00000000030"),
        ("341_itau_cnab400.ret", "00231327"),
        ("748_sicredi_cnab240.crt", "17200059"),
        ("756_sicoob_cnab240.ret", "0000008"),
    ],
)
def test_a_title_is_named_as_we_name_it_without_check_digit(file: str, reference: str) -> None:
    assert lines(file)[0].reference == reference


@FILES_OF_BANKS
def test_a_file_says_its_number_and_day_and_a_line_its_reasons() -> None:
    file = read(ACCOUNTS["748_sicredi_cnab240.crt"], content("748_sicredi_cnab240.crt"))
    assert (file.bank, file.number, file.made_on) == ("748", 5, date(2017, 4, 7))
    assert [(line.line, line.title, line.reasons) for line in file.lines] == [
        (3, "8457", ("A4",)),
        (5, "8457", ("05",)),
    ]


@FILES_OF_BANKS
def test_itau_books_less_its_fee_and_the_payer_paid_both() -> None:
    # 395.41 due + 0.01 late = 395.42 paid, - 3.33 fee = 392.09 booked; 545.60 - 201.60 rebate = 344.00, - 3.33 = 340.67
    fee = Money(333, "BRL")
    of_file = [(one.amount.minor, one.fee, one.late) for one in paid(ITAU)]
    assert of_file[1:] == [(39_542, fee, Money(1, "BRL")), (34_400, fee, None)]
    not_taken_off = changed(content(ITAU), 4, 254, "0000000039542")
    assert paid(ITAU, not_taken_off)[1].amount.minor == 39_542


@FILES_OF_BANKS
@pytest.mark.parametrize(
    ("bank", "length", "code", "what"),
    [
        ("001", 240, "07", Happening.OTHER),  # a discount at 240 positions, a part payment at 400
        ("001", 400, "07", Happening.PAID),
        ("341", 400, "15", Happening.NOT_DONE),  # a refused write-off here, a notary's settlement there
        ("237", 400, "15", Happening.PAID),
        ("033", 400, "15", Happening.OTHER),
        ("033", 400, "17", Happening.PAID),
        ("341", 400, "17", Happening.NOT_DONE),
        ("085", 240, "76", Happening.PAID),
        ("104", 240, "76", Happening.OTHER),
        ("104", 240, "26", Happening.NOT_DONE),  # an order refused is no slip refused
        ("756", 240, "14", Happening.NEW_DUE_DATE),
        ("237", 400, "24", Happening.REFUSED),
        ("341", 400, "ZZ", Happening.OTHER),
    ],
)
def test_a_code_means_what_its_bank_says(bank: str, length: int, code: str, what: Happening) -> None:
    assert happening(bank, length, code) is what


@IN_ANY_ORDER
@pytest.mark.parametrize("file", FILES)
def test_the_same_file_names_the_same_money_twice_and_no_two_alike(file: str) -> None:
    names = [one.reference for one in paid(file)]
    assert names == [one.reference for one in paid(file)]
    assert len(set(names)) == len(names)


@IN_ANY_ORDER
def test_a_file_of_another_day_names_other_money_though_its_number_is_the_same() -> None:
    told = content(CAIXA)
    assert paid(CAIXA)[0].reference == "104-1234-1-20140106-1622-3"
    assert paid(CAIXA, changed(told, 1, 144, "07"))[0].reference == "104-1234-1-20140107-1622-3"


@IN_ANY_ORDER
def test_where_a_bank_gives_its_files_no_number_their_text_names_them() -> None:
    settled = changed(content(SANTANDER), 2, 109, "06")
    other = changed(settled, 2, 266, "1")
    first, again, second = (paid(SANTANDER, told)[0].reference for told in (settled, settled, other))
    assert first == again != second


@FILES_OF_BANKS
def test_a_line_behind_a_title_brings_its_qr_code() -> None:
    qr = "00020126pix"
    rows = content(ITAU).decode().splitlines()
    rows[2:2] = [f"3{qr:399}"]
    told = "".join(f"{row[:394]}{number:06d}\n" for number, row in enumerate(rows, start=1)).encode()
    assert [line.qr for line in lines(ITAU, told)] == [qr, None, None, None]
