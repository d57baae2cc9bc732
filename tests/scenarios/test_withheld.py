"""A buyer pays less by exactly the taxes that they must withhold: that settles in full, with a line and its proof (PAY-6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.journal import queries as journal
from abono.domain.journal.types import Account, Which
from abono.domain.notices.models import Notice
from abono.domain.payments import receipts
from abono.domain.payments.pushed import requests
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Because, Way
from abono.domain.withholding import queries as withholding
from abono.domain.withholding.actions import set_rate
from abono.domain.withholding.errors import NothingWithheld, ProofAhead, ProofFiled, RateWrong, TooManyProofs
from abono.domain.withholding.models import WithheldProof
from abono.domain.withholding.types import MOST_PROOFS, NewRate
from abono.flows.endings.dispute import end_dispute
from abono.flows.refunds.give_back import give_back
from abono.flows.requests.ask import ask_for, look
from abono.flows.standing.prove import prove_withheld
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.kernel.due import Means
from abono.platform import clock
from tests import sql
from tests.books import check_books
from tests.fiscal import PDF
from tests.scenarios.taking_back import take_back, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_paid_late import DUE, slip_of
from tests.work import ask_gateways
from tests.world import DAY, HOUR, moment

LATER = JULY_1 + HOUR
TODAY = JULY_1.date()
WITHHELD = pytest.mark.rule("PAY-6", part="withheld")


@pytest.fixture
def owing(padaria, bank):
    """The invoice of July, 700.00: plan 600.00 and package 100.00."""
    return unpaid_renewal(padaria)


def rate(name, percent, *, since=TODAY - timedelta(days=90), of=None, **more):
    new = NewRate(name, None if percent is None else Decimal(percent), since, **more)
    return set_rate(new, customer_id=of, why="a law", actor="olga", now=LATER)


@pytest.fixture
def by_law(db):
    """What a Brazilian company withholds of services: 1.5 % and 4.65 %, of 700.00 10.50 and 32.55."""
    for name, percent in (("IRRF", "1.5"), ("CSLL", "1"), ("PIS", "0.65"), ("COFINS", "3")):
        rate(name, percent, country="BR", buyer="company")


def came(invoice, minor, *, on=TODAY, now=LATER):
    return record_payment(invoice_id=invoice.id, came=Came(Way.TRANSFER, minor, on), actor="olga", now=now)


def parts(receipt):
    found = withholding.of_receipts([receipt.id]).get(receipt.id, ())
    return {one.name: one.amount.minor for one in found}


def shown_of(invoice):
    [(_receipt, found)] = withholding.of_receipts([one.id for one in receipts.of_invoice(invoice.id)]).items()
    return found


def stands(invoice):
    found = invoices.get(invoice.id)
    return found.status, found.owed_minor


def booked(invoice):
    found = journal.balances(Which(invoice_id=invoice.id, account=Account.WITHHELD))
    return {one.detail: one.amount_minor for one in found if one.amount_minor}


@WITHHELD
@pytest.mark.rule("PAY-6", part="shown to both")
def test_less_by_exactly_the_taxes_settles_in_full_with_a_line_for_each_and_its_proof(padaria, owing, by_law):
    receipt = came(owing, 656_95)  # 700.00 less 43.05
    assert stands(owing) == (Status.PAID, 0)
    assert (receipt.withheld.minor, receipt.pays.minor) == (43_05, 700_00)
    by_tax = {"IRRF": 10_50, "CSLL": 7_00, "PIS": 4_55, "COFINS": 21_00}
    assert parts(receipt) == by_tax == booked(owing)
    told = Notice.objects.get(kind="payment_recorded").facts
    assert (told["withheld_minor"], told["owed_minor"]) == (43_05, 0)

    (missing,) = withholding.unproven()
    assert (missing.title, [one.name for one in missing.parts]) == (owing.title, list(by_tax))
    given = {"receipt_id": receipt.id, "proof_date": TODAY, "actor": "olga", "now": LATER}
    prove_withheld(tax="IRRF", reference="DARF 1", **given)
    assert len(withholding.unproven()[0].parts) == 4  # its number alone is no proof
    for _pressed_twice in range(2):
        prove_withheld(tax="IRRF", reference="DARF 1", file=PDF, **given)
    with pytest.raises(ProofFiled):
        prove_withheld(tax="IRRF", reference="DARF 1", file=PDF + b"0", **given)
    assert [one.name for one in withholding.unproven()[0].parts] == ["CSLL", "PIS", "COFINS"]
    prove_withheld(tax="", reference="Informe 2026", file=PDF, **given)
    assert withholding.unproven() == []
    for number in range(2, MOST_PROOFS):
        prove_withheld(tax="IRRF", reference=f"Again {number}", **given)
    with pytest.raises(TooManyProofs):
        prove_withheld(tax="IRRF", reference="One more", **given)
    assert WithheldProof.objects.count() == MOST_PROOFS
    shown = withholding.of_receipts([receipt.id])[receipt.id]
    assert [one.proof.reference for one in shown] == ["DARF 1", *["Informe 2026"] * 3]
    with pytest.raises(NothingWithheld):
        prove_withheld(tax="ISS", reference="1", **given)
    with pytest.raises(ProofAhead):
        prove_withheld(tax="", reference="2", **{**given, "proof_date": TODAY + timedelta(days=2)})
    assert check_books() == []


@WITHHELD
@pytest.mark.rule("PAY-6", part="less")
def test_any_other_sum_that_is_less_stays_what_it_is(padaria, owing, by_law):
    sums = {656_96: 0, 656_94: 0, 689_50: 0, 699_99: 0, 700_00: 0, 656_95: 43_05}
    for minor, withheld in sums.items():
        with sql.taken_back():
            receipt = came(owing, minor)
            assert receipt.withheld.minor == withheld, minor
            assert stands(owing)[1] == 700_00 - minor - withheld, minor
            assert bool(parts(receipt)) == bool(withheld), minor
            assert check_books() == [], minor


@WITHHELD
def test_as_one_sum_or_by_its_parts_which_differ_by_a_centavo(padaria, owing):
    """Twice 7.0028: 14.0056 as one sum, 7.00 and 7.00 by its parts."""
    rate("A", "1.0004")
    rate("B", "1.0004", of=padaria.customer_id)
    sums = {685_98: [], 685_99: [7_01, 7_00], 686_00: [7_00, 7_00], 686_01: []}
    for minor, of_parts in sums.items():
        with sql.taken_back():
            assert list(parts(came(owing, minor)).values()) == of_parts, minor
            assert check_books() == [], minor


@WITHHELD
def test_the_rate_of_the_day_of_payment_holds_and_the_customers_own_wins(padaria, owing, by_law):
    """Issued on 1 July under 6.15 %, paid on the 5th under another, which a rate set afterwards does not move."""
    fifth = TODAY + timedelta(days=4)
    rate("IRRF", "2", since=fifth, country="BR", buyer="company")  # 14.00
    rate("COFINS", "0", since=fifth, of=padaria.customer_id)
    rate("ISS", "5", since=fifth, of=padaria.customer_id, fiscal_type="licensing")  # of 600.00: 30.00
    rate("PIS", "9", country="MX")
    rate("PIS", "9", buyer="person")
    rate("INSS", "1", free_up_to_minor=7_00)  # just as much is not withheld
    receipt = came(owing, 700_00 - 55_55, on=fifth, now=JULY_1 + 4 * DAY)
    assert parts(receipt) == {"IRRF": 14_00, "CSLL": 7_00, "PIS": 4_55, "ISS": 30_00}
    rate("IRRF", "7", since=TODAY - timedelta(days=400))
    rate("COFINS", None, since=fifth, of=padaria.customer_id)  # as everybody, again
    assert parts(receipt)["IRRF"] == 14_00
    hers = withholding.of_buyer(padaria.customer_id, country="BR", buyer="company", day=fifth)
    assert {one.name: str(one.percent) for one in hers}["COFINS"] == "3.0000"
    assert check_books() == []


@WITHHELD
def test_of_several_rates_of_a_tax_the_narrowest_counts_alone(padaria, owing):
    rate("IRRF", "1.5")
    rate("IRRF", "2", country="BR")
    rate("IRRF", "3", buyer="company")
    rate("IRRF", "9", country="BR", buyer="person")
    rate("CSLL", "1", country="BR")
    rate("CSLL", "0", country="BR", buyer="company")  # not of companies
    rate("ISS", "5")
    rate("ISS", "2", fiscal_type="licensing")  # of 600.00, and 5 % of the others
    assert parts(came(owing, 700_00 - 31_00)) == {"IRRF": 14_00, "ISS": 12_00}
    assert [one.amount.minor for one in shown_of(owing)] == [14_00, 5_00, 12_00]
    assert check_books() == []


@WITHHELD
def test_part_by_part_and_after_a_credit_note_what_is_left_counts(padaria, owing, by_law):
    """Of 600.00 that are left 36.90 are withheld, once, with the last part; taken back, all of it is owed again."""
    take_back(owing, (2, 100_00))
    assert came(owing, 300_00).withheld.minor == 0
    last = came(owing, 263_10)
    assert (last.withheld.minor, stands(owing)) == (36_90, (Status.PAID, 0))
    withdraw_payment(receipt_id=last.id, why="bounced", actor="olga", now=LATER)
    assert (stands(owing)[1], booked(owing), withholding.unproven()) == (300_00, {}, [])
    with pytest.raises(NothingWithheld):
        prove_withheld(receipt_id=last.id, tax="", reference="1", proof_date=TODAY, actor="olga", now=LATER)
    assert check_books() == []


@WITHHELD
@pytest.mark.parametrize(
    ("means", "minor", "days", "late"),
    [
        (Means.PIX, 656_95, 0, 0),
        (Means.SLIP, 656_95, 0, 0),
        (Means.SLIP, 673_28, 10, 16_33),  # 14.00 and 2.33 came with it
    ],
)
def test_by_pix_and_slip_and_beside_fine_and_interest(padaria, bank, owing, by_law, means, minor, days, late):
    asked = slip_of(padaria, owing.id)
    if means is Means.PIX:
        who = {"customer_id": padaria.customer_id, "actor": "ana", "moment": moment(LATER)}
        asked = ask_for(invoice_id=owing.id, means=Means.PIX, **who)
    bank.pay(asked.id.hex, minor, on=DUE + timedelta(days=days) if means is Means.SLIP else TODAY)
    look(request_id=requests.get(asked.id).id, real=clock.now())
    (receipt,) = receipts.of_invoice(owing.id)
    assert (receipt.withheld.minor, receipt.late.minor, receipt.credit.minor) == (43_05, late, 0)
    assert stands(owing) == (Status.PAID, 0)
    bank.look_back(
        asked.id.hex, contested=minor
    )  # the bank takes back what it brought, not what was withheld
    look(request_id=asked.id, real=clock.now())
    assert check_books() == []


@WITHHELD
def test_what_was_withheld_stays_when_its_money_goes_back_and_is_not_withheld_once_more(
    padaria, bank, owing, by_law
):
    who = {"customer_id": padaria.customer_id, "actor": "ana", "moment": moment(LATER)}
    pix = ask_for(invoice_id=owing.id, means=Means.PIX, **who)
    bank.pay(pix.id.hex, 656_95, on=TODAY)
    look(request_id=pix.id, real=clock.now())
    bank.look_back(pix.id.hex, contested=656_95)
    look(request_id=pix.id, real=clock.now())
    assert stands(owing)[0] is Status.DISPUTED
    end_dispute(invoice_id=owing.id, won=False, why="fraud", actor="olga", moment=moment(LATER))
    assert stands(owing)[1] == 656_95
    assert came(owing, 613_90).withheld.minor == 0
    assert (stands(owing)[1], sum(booked(owing).values())) == (43_05, 43_05)
    assert check_books() == []


@WITHHELD
def test_what_is_given_back_is_what_came_and_the_taxes_stay_credit(padaria, bank, owing, by_law):
    who = {"customer_id": padaria.customer_id, "actor": "ana", "moment": moment(LATER)}
    pix = ask_for(invoice_id=owing.id, means=Means.PIX, **who)
    bank.pay(pix.id.hex, 656_95, on=TODAY)
    look(request_id=pix.id, real=clock.now())
    take_back(owing, (1, 600_00), (2, 100_00))
    why = {"because": Because.SERVICE, "why": "Nothing was sent.", "actor": "olga"}
    [back] = give_back(invoice_id=owing.id, moment=moment(LATER), **why)
    assert back.amount.minor == 656_95
    ask_gateways(real=clock.now() + DAY)
    assert credit.balance(padaria.contract_id) == 43_05
    assert check_books() == []


@WITHHELD
def test_a_rate_says_what_it_is_and_is_set_once(padaria):
    for wrong in (
        {"name": ""},
        {"percent": "101"},
        {"percent": "0.00001"},
        {"percent": None},
        {"country": "br"},
    ):
        said = {"name": "IRRF", "percent": "1", **wrong}
        with pytest.raises(RateWrong):
            rate(said.pop("name"), said.pop("percent"), **said)
    first = rate("IRRF", "1.5")
    again = set_rate(
        NewRate("IRRF", Decimal("1.5"), date(2026, 7, 1)),
        rate_id=first.id,
        why="twice",
        actor="olga",
        now=LATER,
    )
    assert (again.id, len(withholding.everybodys())) == (first.id, 1)
