"""Automatic Pix on the pages: asked for, authorized in the app of a bank, seen in the wallet, cancelled (PAY-11)."""

from __future__ import annotations

import pytest

from abono.domain.payments.ports.mandates import MandateStanding
from abono.domain.payments.pushed import agreed
from abono.flows.mandates.ask import look_at_mandate
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import clock
from tests.entrypoints.portal.reading import signed_in, words
from tests.work import renew_due

WALLET, PAGE = "/en/settings/wallet/", "/en/settings/wallet/automatic-pix/"
LOOKS = {"HTTP_HX_REQUEST": "true"}


def answered(bank, mandate, standing):
    bank.answer(mandate.reference, standing)
    look_at_mandate(mandate_id=mandate.id, real=clock.now())


@pytest.mark.rule("PAY-11", part="seen in the wallet")
@pytest.mark.rule("PAY-11", part="limit")
@pytest.mark.rule("PAY-11", part="cancelled")
def test_it_is_asked_for_authorized_charged_and_cancelled_on_its_page(ana, padaria, bank):
    assert "Your bank can pay each month’s invoice by itself" in words(ana.get(WALLET))
    assert 'value="1,400.00"' in ana.get(PAGE).content.decode()  # twice a usual invoice
    for wrong in ("", "free", "0", "-5", "1" * 30):
        assert ana.post(PAGE, {"most": wrong}).status_code == 422
    assert agreed.alive(padaria.contract_id) is None
    waits = ana.post(PAGE, {"most": "1,000.00"}, follow=True)
    ana.post(PAGE, {"most": "5,000.00"})  # pressed again: it is the same
    mandate = agreed.alive(padaria.contract_id)
    assert mandate.most.minor == 1_000_00
    assert f'data-copy="{mandate.agree_with}"' in waits.content.decode()
    assert "set the limit of your bank to R$1,000.00 or more" in words(waits)
    assert ana.get(f"{PAGE}?was=asked", **LOOKS).status_code == 204
    answered(bank, mandate, MandateStanding.AGREED)
    assert ana.get(f"{PAGE}?was=asked", **LOOKS).headers["HX-Refresh"] == "true"
    assert "Status Authorized Most for one charge R$1,000.00" in words(ana.get(WALLET))

    renews = padaria.contract.cycle_end
    bank.today = local_date(renews, "America/Sao_Paulo")
    renew_due(now=renews)
    shown = words(ana.get(PAGE))
    assert "Next charge" in shown
    ask = words(ana.get(f"{PAGE}{mandate.public_id}/cancel/"))
    assert "it is taken back if the bank still allows it" in ask
    gone = words(ana.post(f"{PAGE}{mandate.public_id}/cancel/", follow=True))
    assert "Automatic Pix is cancelled." in gone
    assert "Ended" in gone
    assert ana.post(f"{PAGE}{mandate.public_id}/cancel/").status_code == 302  # pressed twice
    assert "Ask for it again" in words(ana.get(PAGE))


@pytest.mark.rule("PAY-11", part="seen in the wallet")
def test_where_the_seller_does_not_offer_it_there_is_none(ana, padaria, bank, settings, olga):
    ana.post(PAGE, {"most": "1,000.00"})
    mandate = agreed.alive(padaria.contract_id)
    page = words(olga.get(f"/en/back-office/contracts/{public('ctr', padaria.contract_id)}/"))
    assert "Waits for the bank up to R$1,000.00 a month" in page
    diego_sees = signed_in("bruno@padaria.example").get(PAGE)
    assert diego_sees.status_code == 403
    answered(bank, mandate, MandateStanding.REFUSED)
    assert "It was refused at the bank" in words(ana.get(PAGE))
    settings.PUSH_GATEWAYS = {}
    assert "Ask for it again" not in words(ana.get(PAGE))
