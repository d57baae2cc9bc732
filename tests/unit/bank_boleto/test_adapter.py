"""A bank that speaks in files: nothing is payable by its word, and nothing that it cannot do is promised."""

from __future__ import annotations

import pytest

from abono.domain.payments.ports.port import BadSignature, RefundOutcome
from abono.domain.payments.ports.push import Standing
from abono.gateways.bank_boleto.account import BANKS
from abono.gateways.bank_boleto.adapter import BankBoletoGateway
from abono.gateways.bank_boleto.digits import bar_code_of
from abono.kernel.money import Money
from tests.unit.bank_boleto.accounts import OPTIONS, REQUEST, asked


@pytest.mark.rule("PAY-4", part="payable once registered")
@pytest.mark.parametrize("bank", BANKS)
def test_a_slip_has_its_digits_before_anybody_can_pay_it(bank: str) -> None:
    gateway = BankBoletoGateway(**OPTIONS[bank])
    asked_for = gateway.ask(REQUEST)
    assert (asked_for.standing, asked_for.amount) == (Standing.ASKED, REQUEST.amount)
    assert asked_for.bar_code == bar_code_of(str(asked_for.pay_with))
    assert (asked_for.qr, asked_for.received) == (None, ())
    assert gateway.ask(REQUEST) == asked_for
    later = gateway.find(REQUEST.key, str(asked_for.reference))
    withdrawn = gateway.withdraw(REQUEST.key, str(asked_for.reference))
    assert later is not None
    assert {later.standing, withdrawn.standing} == {Standing.ASKED}
    assert {later.reference, withdrawn.reference} == {asked_for.reference}


def test_what_has_no_digits_is_refused_for_good() -> None:
    refused = BankBoletoGateway(**OPTIONS["341"]).ask(asked(amount=Money(0, "BRL")))
    assert (refused.standing, refused.code) == (Standing.REFUSED, "amount")
    assert (refused.reference, refused.bar_code, refused.pay_with) == (None, None, None)


def test_a_slip_cannot_be_given_back_by_its_bank_nor_does_the_bank_send_news() -> None:
    gateway = BankBoletoGateway(**OPTIONS["341"])
    back = gateway.give_back("one", Money(100, "BRL"), "rfd_1")
    assert (back.outcome, back.code) == (RefundOutcome.REFUSED, "slip_has_no_way_back")
    with pytest.raises(BadSignature):
        gateway.parse_webhook({}, b"{}", REQUEST.asked_at)
