"""Remittances, read back by the positions that the banks publish: each fact stands where its bank looks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from abono.domain.payments.ports.push import Act, LateTerms, Order
from abono.gateways.bank_boleto.account import BadAccount
from abono.gateways.bank_boleto.remittance import write
from abono.gateways.bank_boleto.titles import Unfit
from abono.kernel.money import Money
from tests.unit.bank_boleto.accounts import FOR_FILES, REQUEST, account, account_for_files, asked

pytestmark = pytest.mark.rule("PAY-4", part="bank files")

AT = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)  # 22:30 of the day before in Brasília
IN_BATCHES, IN_LINES = ("001", "033", "104", "748", "756"), ("237", "341")

P, Q, R = "P", "Q", "R"
OF_BATCHES = {  # FEBRABAN: segment, first and last position
    "occurrence": (P, 16, 17),
    "document": (P, 63, 77),
    "due": (P, 78, 85),
    "amount": (P, 86, 100),
    "interest is": (P, 118, 118),
    "interest": (P, 127, 141),
    "title": (P, 196, 220),
    "payer is": (Q, 18, 18),
    "tax id": (Q, 19, 33),
    "name": (Q, 34, 73),
    "postcode": (Q, 129, 136),
    "fine is": (R, 66, 66),
    "fine": (R, 75, 89),
}
OUR_NUMBER = {
    "001": (38, 57),
    "033": (45, 57),
    "104": (41, 57),
    "748": (38, 57),
    "756": (38, 47),
    "237": (71, 82),
    "341": (63, 70),
}
NUMBERS = {  # of the account's first title, with check digit where the field has room for one
    "001": "14741660000000001",
    "033": "0000000000019",
    "104": "14000000000000001",
    "748": "262000017",
    "756": "0000000019",
    "237": "000000000011",
    "341": "00000001",
}


def file(bank: str, *orders: Order, number: int = 7) -> list[str]:
    given = orders or (Order(Act.REGISTER, REQUEST),)
    content = write(account_for_files(bank), given, number, AT).content
    assert content.endswith(b"\r\n")
    return content.decode("ascii").split("\r\n")[:-1]


def at(row: str, first: int, last: int) -> str:
    return row[first - 1 : last].rstrip()


def facts(rows: list[str]) -> dict[str, str]:
    """Of the first title of a file in batches."""
    segments = {row[13]: row for row in reversed(rows) if row[7] == "3"}
    return {name: at(segments[kind], first, last) for name, (kind, first, last) in OF_BATCHES.items()}


@pytest.mark.parametrize("bank", IN_BATCHES)
def test_a_title_is_registered_with_fine_and_interest_in_batches(bank: str) -> None:
    rows = file(bank, Order(Act.REGISTER, asked(title="2026-000042-6")))
    assert {len(row) for row in rows} == {240}
    assert facts(rows) == {
        "occurrence": "01",
        "document": "26-000042-6" if bank == "104" else "2026-000042-6",  # Caixa has eleven letters
        "due": "15122026",
        "amount": "000000000019990",
        "interest is": "2",  # by the month
        "interest": "000000000100000"
        if bank == "033"
        else "000000000000100",  # 1 %: five decimals there, two elsewhere
        "title": "2026-000042-6",
        "payer is": "2",
        "tax id": "012ABC34501DE35",
        "name": "PADARIA SOL LTDA",
        "postcode": "01310100",
        "fine is": "2",  # per cent
        "fine": "000000000000200",
    }
    assert at(rows[2], *OUR_NUMBER[bank]) == NUMBERS[bank]


@pytest.mark.parametrize("bank", IN_LINES)
def test_a_title_is_registered_with_fine_and_interest_in_lines(bank: str) -> None:
    header, title, *more = file(bank, Order(Act.REGISTER, asked(title="2026-000042-6")))
    assert {len(row) for row in (header, title, *more)} == {400}
    assert at(title, *OUR_NUMBER[bank]) == NUMBERS[bank]
    assert [at(title, *place) for place in ((38, 62), (109, 110), (111, 120), (121, 126), (127, 139))] == [
        "2026-000042-6",
        "01",
        "6-000042-6",
        "151226",
        "0000000019990",
    ]
    assert at(title, 161, 173) == "0000000000006"  # 199.90 x 1 % / 30 = 0.0666 a day, rounded down
    assert [at(title, *place) for place in ((219, 220), (221, 234), (235, 264))] == [
        "02",
        "12ABC34501DE35",
        "PADARIA SOL LTDA",
    ]
    if bank == "237":
        assert at(title, 66, 70) == "20200"
    else:
        assert at(more[0], 1, 23) == "22151220260000000000200"
        assert at(title, 18, 29) == "081000536789"


@pytest.mark.parametrize("bank", FOR_FILES)
def test_a_write_off_is_another_word_for_the_same_title_and_has_no_fine(bank: str) -> None:
    rows = file(bank, Order(Act.REGISTER, REQUEST), Order(Act.WRITE_OFF, REQUEST))
    in_lines = bank in IN_LINES
    titles = [row for row in rows if (row[0] == "1" if in_lines else row[13] == "P")]
    occurrence = (109, 110) if in_lines else (16, 17)
    assert [at(title, *OUR_NUMBER[bank]) for title in titles] == [NUMBERS[bank]] * 2
    assert [at(title, *occurrence) for title in titles] == ["01", "02"]
    of_fines = [row for row in rows if (row[0] == "2" if in_lines else row[13] == "R")]
    assert len(of_fines) == (bank != "237")


@pytest.mark.parametrize("bank", FOR_FILES)
def test_totals_and_numbers_of_lines_agree(bank: str) -> None:
    rows = file(bank, *(Order(Act.REGISTER, asked(number=number)) for number in range(1, 6)))
    if bank in IN_LINES:
        assert [int(row[394:]) for row in rows] == list(range(1, len(rows) + 1))
        return
    details = rows[2:-2]
    assert [int(row[8:13]) for row in details] == list(range(1, len(details) + 1))
    assert (at(rows[-2], 18, 23), len(details)) == (f"{len(details) + 2:06d}", 15)
    assert at(rows[-1], 18, 29) == f"000001{len(rows):06d}"
    if bank == "756":
        assert at(rows[-2], 24, 46) == "00000500000000000099950"  # 5 x 199.90


@pytest.mark.parametrize(
    ("bank", "until", "said"),
    [
        ("033", date(2027, 3, 15), "1090"),  # 90 days after the due date
        ("104", date(2027, 3, 15), "1090"),
        ("033", date(2027, 7, 15), "1099"),  # no more than the bank has room for
        ("104", date(2027, 7, 15), "1120"),
    ],
)
def test_the_bank_writes_off_by_itself_when_it_cannot_be_paid_any_more(
    bank: str, until: date, said: str
) -> None:
    order = asked(
        until=datetime(until.year, until.month, until.day + 1, 3, tzinfo=UTC)
    )  # when that day ends in Brasília
    assert at(file(bank, Order(Act.REGISTER, order))[2], 224, 227) == said


@pytest.mark.parametrize("bank", FOR_FILES)
def test_without_late_terms_nothing_is_added(bank: str) -> None:
    rows = file(bank, Order(Act.REGISTER, asked(late=None)))
    if bank in IN_LINES:
        assert (at(rows[1], 161, 173), len(rows)) == ("0" * 13, 3)
        return
    found = facts(rows)
    assert (found["interest is"], found["fine is"]) == ("0" if bank == "756" else "3", "0")
    assert {found["interest"], found["fine"]} == {"0" * 15}


def test_half_a_per_cent_is_half_a_per_cent_and_less_than_a_hundredth_is_not_rounded_up() -> None:
    late = LateTerms(fine=Decimal("1.999"), interest=Decimal("0.5"))
    found = facts(file("033", Order(Act.REGISTER, asked(late=late))))
    assert (found["interest"], found["fine"]) == ("000000000050000", "000000000000199")


@pytest.mark.parametrize("bank", FOR_FILES)
def test_the_same_orders_are_the_same_file(bank: str) -> None:
    orders = [Order(Act.REGISTER, REQUEST), Order(Act.WRITE_OFF, asked(number=2))]
    first, again = (write(account_for_files(bank), orders, 7, AT) for _ in range(2))
    assert first == again
    assert first.content != write(account_for_files(bank), orders[:1], 7, AT).content


@pytest.mark.parametrize(
    ("bank", "name"), [("341", "341000007.REM"), ("237", "CB301107.REM"), ("748", "85305N30.CRM")]
)
def test_a_file_has_the_name_that_its_bank_looks_for(bank: str, name: str) -> None:
    assert write(account_for_files(bank), [Order(Act.REGISTER, REQUEST)], 7, AT).name == name


@pytest.mark.parametrize("bank", IN_BATCHES)
def test_a_file_is_of_the_day_in_brasilia_and_says_its_number(bank: str) -> None:
    header = file(bank, number=1234)[0]
    assert (at(header, 143, 151), at(header, 158, 163)) == ("130112026", "001234")


def test_letters_beyond_ascii_lose_their_accents_and_nothing_else() -> None:
    payer = replace(REQUEST.payer, name="Pães & Cia. São João", street="Praça da Sé, 1")
    rows = file("104", Order(Act.REGISTER, asked(payer=payer)))
    assert (at(rows[3], 34, 73), at(rows[3], 74, 113)) == ("PAES  CIA SAO JOAO", "PRACA DA SE 1")


@pytest.mark.parametrize("bank", FOR_FILES)
def test_no_letter_moves_what_stands_behind_it(bank: str) -> None:
    payer = replace(REQUEST.payer, name="Pão – ½ 東京 ﬁm", street="Rua – ½ nº 3", city="Ó – ½")
    rows = file(bank, Order(Act.REGISTER, asked(payer=payer, title="N–½-1")))
    assert {len(row) for row in rows} == {400 if bank in IN_LINES else 240}


@pytest.mark.parametrize(
    ("bank", "problem"),
    [
        ("001", "variation is missing"),
        ("033", "transmission is missing"),
        ("237", "agreement is missing"),
        ("748", "account_digit is missing"),
        ("077", "files of Banco Inter are not written"),
    ],
)
def test_an_account_that_cannot_have_files_is_refused_with_the_reason(bank: str, problem: str) -> None:
    with pytest.raises(BadAccount, match=problem):
        write(account(bank), [Order(Act.REGISTER, asked(number=1))], 7, AT)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (asked(payer=replace(REQUEST.payer, street="")), "payer"),
        (asked(payer=replace(REQUEST.payer, postcode="0131010")), "payer"),
        (asked(amount=Money(0, "BRL")), "amount"),
    ],
)
def test_what_ask_would_refuse_stands_in_no_file(order: object, code: str) -> None:
    with pytest.raises(Unfit) as unfit:
        write(account_for_files("341"), [Order(Act.REGISTER, order)], 7, AT)  # type: ignore[arg-type]
    assert unfit.value.code == code
