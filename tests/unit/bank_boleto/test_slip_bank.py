"""Slips from our remittance through a bank that is not ours to what its return files say, at each bank whose files we write."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from abono.domain.payments.ports.push import Act, Happening, Order, ReturnFile, ReturnLine
from abono.gateways.bank_boleto.adapter import BankBoletoGateway
from abono.gateways.bank_boleto.titles import reference
from abono.gateways.simulator.slip_bank import answers
from tests.unit.bank_boleto.accounts import FOR_FILES, OPTIONS, REQUEST, asked

FILES_OF_BANKS = pytest.mark.rule("PAY-4", part="bank files")
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
NEWS = tuple[Happening, int | None, int | None]
PAYERS: dict[str, list[NEWS]] = {  # what happens, what was paid, and fine and interest in it; in centavos
    "Padaria Sol": [(Happening.REGISTERED, None, None), (Happening.PAID, 19_990, None)],
    "Padaria refused": [(Happening.REFUSED, None, None)],
    "Padaria unpaid": [(Happening.REGISTERED, None, None)],
    "Padaria written off": [(Happening.REGISTERED, None, None), (Happening.WRITTEN_OFF, None, None)],
    "Padaria pays less": [(Happening.REGISTERED, None, None), (Happening.PAID, 18_990, None)],
    "Padaria pays more": [(Happening.REGISTERED, None, None), (Happening.PAID, 20_990, None)],
    "Padaria pays twice": [(Happening.REGISTERED, None, None), *[(Happening.PAID, 19_990, None)] * 2],
}


def gateway(bank: str) -> BankBoletoGateway:
    return BankBoletoGateway(**OPTIONS[bank] | FOR_FILES[bank])


def told(bank: str, *orders: Order) -> list[ReturnFile]:
    files = gateway(bank)
    sent = files.write(orders, 7, AT)
    told = map(files.read, answers(sent.content, date(2026, 12, 1), 31))
    return [replace(one, lines=tuple(one.lines)) for one in told]


def payer(name: str, **changes: object) -> Order:
    return Order(Act.REGISTER, asked(payer=replace(REQUEST.payer, name=name), **changes))


def news(line: ReturnLine) -> NEWS:
    received = line.received
    return (
        line.happening,
        received and received.amount.minor,
        received and received.late and received.late.minor,
    )


@FILES_OF_BANKS
@pytest.mark.parametrize("bank", FOR_FILES)
def test_each_title_comes_back_with_what_happened_to_it(bank: str) -> None:
    orders = [
        payer(name, number=number, title=f"2026-00000{number}-6")
        for number, name in enumerate(PAYERS, start=1)
    ]
    files = told(bank, *orders)
    found: dict[tuple[str, str], list[NEWS]] = {}
    for line in (line for file in files for line in file.lines):
        found.setdefault((line.reference, line.title), []).append(news(line))
    ours = gateway(bank).account
    assert found == {
        (reference(ours, number, REQUEST.issued), f"2026-00000{number}-6"): expected
        for number, expected in enumerate(PAYERS.values(), start=1)
    }
    assert [file.number for file in files] == [31, 32]
    money = [line.received for line in files[1].lines if line.received]
    assert len({one.reference for one in money}) == len(money) == 5
    assert {(one.fee and one.fee.minor, one.paid_on, one.credited_on) for one in money} == {
        (190, date(2026, 12, 15), date(2026, 12, 16))
    }


@FILES_OF_BANKS
@pytest.mark.parametrize("bank", FOR_FILES)
def test_who_pays_late_pays_the_fine_and_interest_that_we_registered(bank: str) -> None:
    (late,) = told(bank, payer("Padaria pays late"))[1].lines
    # 2 % of 199.90 = 3.998; 10 days of 1 % / 30 = 0.6663, or 10 x 0.06: 4.66, or 4.60
    added = 460 if bank in ("237", "341") else 466
    assert news(late) == (Happening.PAID, 19_990 + added, added)
    assert late.happened_on == date(2026, 12, 25)


@FILES_OF_BANKS
@pytest.mark.parametrize("bank", FOR_FILES)
def test_what_is_written_off_is_not_paid_and_a_bank_may_refuse_to(bank: str) -> None:
    stays = payer("Padaria stays", number=3).request
    files = told(
        bank,
        Order(Act.REGISTER, REQUEST),
        Order(Act.REGISTER, asked(number=2)),
        Order(Act.WRITE_OFF, asked(number=2)),
        Order(Act.WRITE_OFF, stays),
    )
    assert [line.happening for line in files[0].lines] == [
        Happening.REGISTERED,
        Happening.REGISTERED,
        Happening.WRITTEN_OFF,
        Happening.NOT_DONE,
    ]
    assert [line.happening for line in files[1].lines] == [Happening.PAID]


def test_the_bank_is_a_command_that_writes_its_files(tmp_path: Path) -> None:
    sent = tmp_path / "341000007.REM"
    sent.write_bytes(gateway("341").write([payer("Padaria Sol")], 7, AT).content)
    command = [sys.executable, "-m", "abono.gateways.simulator.slip_bank"]
    run = subprocess.run(
        [*command, sent, "--day", "2026-12-01", "--into", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    made = [tmp_path / "341000007-00001.RET", tmp_path / "341000007-00002.RET"]
    assert run.stdout.splitlines() == [str(path) for path in made]
    assert [line.happening for path in made for line in gateway("341").read(path.read_bytes()).lines] == [
        Happening.REGISTERED,
        Happening.PAID,
    ]
    none = subprocess.run(
        [*command, made[0], "--day", "2026-12-01"], capture_output=True, text=True, check=False
    )
    assert (none.returncode, "no remittance" in none.stderr) == (1, True)
