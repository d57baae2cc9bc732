"""Our digits against slips that banks and others made, and against a second library."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from pydantic_brasil import BoletoBancario

from abono.gateways.bank_boleto.digits import (
    LAST_DAY,
    WrongDigits,
    bar_code_of,
    check,
    due_factor,
    line_of,
)

pytestmark = pytest.mark.rule("PAY-4", part="FEBRABAN")
VECTORS = Path(__file__).parent / "vectors"


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((VECTORS / name).read_text("utf-8").splitlines()))


SLIPS = rows("boletos.csv")


@pytest.mark.parametrize("row", SLIPS, ids=[row["id"] for row in SLIPS])
def test_every_published_slip_is_right(row: dict[str, str]) -> None:
    line, bar_code = row["digitable_line"], row["barcode"]
    assert (line_of(bar_code), bar_code_of(line)) == (line, bar_code)
    assert BoletoBancario(line).codigo_barras == bar_code
    assert bar_code[19:] == row["free_field"]
    said = {
        "bank": row["bank"],
        "amount_minor": int(row["amount"].replace(".", "")),
        "due_date": date.fromisoformat(row["due_date"]),
    }
    check(bar_code, line, **said)  # type: ignore[arg-type]
    for other in (
        {"bank": "999"},
        {"amount_minor": said["amount_minor"] + 1},  # type: ignore[operator]
        {"due_date": LAST_DAY},
    ):
        with pytest.raises(WrongDigits, match=r", not "):
            check(bar_code, line, **said | other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "row", rows("invalid_lines.csv"), ids=lambda row: f"{row['derived_from']} {row['mutation']}"
)
def test_every_broken_line_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(WrongDigits):
        bar_code_of(row["digitable_line"])


@pytest.mark.parametrize("row", rows("due_factor.csv"), ids=lambda row: row["date"])
def test_days_have_the_factor_that_banks_publish(row: dict[str, str]) -> None:
    assert due_factor(date.fromisoformat(row["date"])) == row["factor"]


@pytest.mark.parametrize("day", [date(1997, 10, 6), date(2049, 10, 14)])
def test_days_that_no_factor_stands_for_are_refused(day: date) -> None:
    with pytest.raises(ValueError, match=str(day)):
        due_factor(day)


def test_a_line_and_a_bar_code_of_two_slips_are_refused() -> None:
    one, other = SLIPS[-1], SLIPS[-2]
    with pytest.raises(WrongDigits, match="another bar code"):
        check(one["barcode"], other["digitable_line"], bank="756", amount_minor=1, due_date=LAST_DAY)


@pytest.mark.parametrize(
    ("bar_code", "why"),
    [
        ("8" + "0" * 43, "taxes"),
        ("0" * 43, "44 digits"),
        ("³" * 44, "44 digits"),
        ("34198166100001127501091234567830810536789001", "check digit"),
    ],
)
def test_what_is_no_slip_of_a_bank_has_no_line(bar_code: str, why: str) -> None:
    with pytest.raises(WrongDigits, match=why):
        line_of(bar_code)
