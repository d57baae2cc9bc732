"""From an account and a request to a slip's numbers, at each of the eight banks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycobranca.bancos import Bancos
from pydantic_brasil import BoletoBancario

from abono.gateways.bank_boleto.account import BANKS
from abono.gateways.bank_boleto.digits import (
    LAST_DAY,
    MOST_MINOR,
    SECOND_COUNT,
    WrongDigits,
    bar_code_of,
    due_factor,
)
from abono.gateways.bank_boleto.titles import Unfit, reference, slip
from abono.kernel.due import Means
from abono.kernel.money import Money
from tests.unit.bank_boleto.accounts import OPTIONS, REQUEST, account, asked
from tests.unit.bank_boleto.test_digits import SLIPS

FEBRABAN = pytest.mark.rule("PAY-4", part="FEBRABAN")
PUBLISHED = {row["id"]: row for row in SLIPS}


@FEBRABAN
@pytest.mark.parametrize(
    ("row", "changes", "number", "printed"),
    [
        ("B111", {}, 328, "14741660000000328"),
        ("B023", {"agreement": "1234567"}, 1, "12345670000000001"),
        ("B114", {}, 9_000_026, "000009000026-9"),
        ("B035", {"agreement": "1234567"}, 456, "000000000456-1"),
        ("B116", {}, 458, "0000000458-6"),
        ("B049", {}, 451, "0000000451-1"),
        ("B118", {}, 7, "14000000000000007-3"),
        ("B006", {"agreement": "005507"}, 222_333_777_777_777, "14222333777777777-2"),
        ("B120", {}, 453, "09/00000000453-P"),
        ("B074", {"wallet": "19"}, 456, "19/00000000456-2"),
        ("B122", {}, 12_345_678, "109/12345678-3"),
        (
            "B090",
            {"agency": "1248", "account": "02124", "account_digit": "6"},
            10_152,
            "109/00010152-7",
        ),
        ("B124", {}, 2, "26/200002-5"),
        ("B105", {}, 10, "19/200010-2"),
        ("B125", {}, 3, "00000033"),
        ("B108", {}, 4, "00000040"),
    ],
)
def test_a_banks_part_is_as_its_manual_and_others_have_it(
    row: str, changes: dict[str, object], number: int, printed: str
) -> None:
    published = PUBLISHED[row]
    of_bank = account(published["bank"], **changes | {"first_number": 1, "last_number": number})
    issued = date(2019, 5, 2) if row == "B105" else date(2026, 11, 22)
    due_date = date.fromisoformat(published["due_date"])
    amount = Money(int(published["amount"].replace(".", "")), "BRL")
    request = asked(number=number, issued=issued, amount=amount, due_date=max(due_date, date(2026, 12, 1)))
    made = slip(of_bank, request)
    assert (made.bar_code[19:], made.our_number) == (published["free_field"], printed)
    if due_date == request.due_date:
        assert (made.bar_code, made.line) == (published["barcode"], published["digitable_line"])


@FEBRABAN
@pytest.mark.parametrize("bank", BANKS)
@settings(max_examples=50)
@given(
    minor=st.one_of(st.sampled_from([1, MOST_MINOR]), st.integers(1, MOST_MINOR)),
    due_date=st.one_of(st.sampled_from([SECOND_COUNT, LAST_DAY]), st.dates(SECOND_COUNT, LAST_DAY)),
    number=st.integers(1, 99_999),
)
def test_any_amount_and_day_reads_back(bank: str, minor: int, due_date: date, number: int) -> None:
    made = slip(
        account(bank),
        asked(amount=Money(minor, "BRL"), due_date=due_date, number=number, issued=SECOND_COUNT),
    )
    second = BoletoBancario(made.line)
    assert bar_code_of(made.line) == made.bar_code == second.codigo_barras
    assert second.valor == Decimal(minor) / 100
    assert f"{second.fator_vencimento:04d}" == due_factor(due_date)
    assert second.codigo_banco == bank


@pytest.mark.parametrize("bank", BANKS)
def test_each_number_is_another_title_and_each_day_another_line(bank: str) -> None:
    of_bank = account(bank)
    made = slip(of_bank, REQUEST)
    assert made == slip(of_bank, REQUEST)
    assert made.reference == reference(of_bank, 1, REQUEST.issued)
    later = slip(of_bank, asked(due_date=date(2026, 12, 22)))
    assert (later.reference, later.our_number) == (made.reference, made.our_number)
    assert later.line != made.line
    assert len({reference(of_bank, number, REQUEST.issued) for number in range(1, 1_000)}) == 999


def test_numbers_of_sicredi_go_on_behind_the_next_digit() -> None:
    numbers = [reference(account("748"), number, REQUEST.issued) for number in (99_999, 100_000, 799_992)]
    assert numbers == ["26299999", "26300001", "26999999"]
    with pytest.raises(Unfit, match="number"):
        reference(account("748"), 799_993, REQUEST.issued)


def test_numbers_end_where_the_range_of_the_bank_ends() -> None:
    of_bank = account("077", first_number=450, last_number=451)
    assert reference(of_bank, 2, REQUEST.issued) == "0000000451"
    for number in (0, 3):
        with pytest.raises(Unfit, match="number"):
            reference(of_bank, number, REQUEST.issued)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"means": Means.PIX}, "means"),
        ({"amount": Money(100, "USD")}, "currency"),
        ({"amount": Money(0, "BRL")}, "amount"),
        ({"amount": Money(MOST_MINOR + 1, "BRL")}, "amount"),
        ({"due_date": None}, "due_date"),
        ({"due_date": date(2026, 11, 30)}, "due_date"),
        ({"due_date": date(2049, 10, 14)}, "due_date"),
        ({"payer": replace(REQUEST.payer, tax_id="11111111111")}, "payer"),
        ({"payer": replace(REQUEST.payer, tax_id="12ABC34501DE36")}, "payer"),
        ({"payer": replace(REQUEST.payer, tax_id="11.222.333/0001-81")}, "payer"),
        ({"payer": replace(REQUEST.payer, tax_id="")}, "payer"),
    ],
)
def test_what_has_no_digits_is_refused_by_a_word(changes: dict[str, object], code: str) -> None:
    with pytest.raises(Unfit) as refused:
        slip(account("341"), asked(**changes))
    assert refused.value.code == code


@pytest.mark.parametrize("bank", BANKS)
def test_nothing_is_issued_when_the_library_is_wrong(bank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves out the account, or counts another check digit: what it says looks right and is not."""
    kind = Bancos.find(bank)
    right = slip(account(bank), REQUEST).bar_code
    monkeypatch.setattr(kind, "campo_livre", lambda self: right[19:][::-1])
    with pytest.raises(WrongDigits, match="bank's part"):
        slip(account(bank), REQUEST)
    monkeypatch.undo()
    wrong = right[:4] + str(int(right[4]) % 9 + 1) + right[5:]
    monkeypatch.setattr(kind, "codigo_barras", wrong)
    with pytest.raises(WrongDigits, match="check digit"):
        slip(account(bank), REQUEST)


@pytest.mark.parametrize(
    ("bank", "printed"),
    [
        ("001", "3174-7 / 11672-6"),
        ("033", "0059 / 1899775"),
        ("077", "0001 / 12345678"),
        ("104", "1234 / 123456-0"),
        ("237", "1234-3 / 123456-0"),
        ("341", "0810 / 53678-9"),
        ("748", "0156.05.85305"),
        ("756", "4277 / 017227-8"),
    ],
)
def test_who_is_paid_is_named_as_the_bank_names_it(bank: str, printed: str) -> None:
    made = slip(account(bank), REQUEST)
    assert (made.agency_code, made.bank[:3]) == (printed, bank)
    assert made.beneficiary == OPTIONS[bank]["name"]
