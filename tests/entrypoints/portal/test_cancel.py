"""The contract is cancelled on its page for the end of its cycle, and that is taken back there (END-3)."""

from __future__ import annotations

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.world import HOUR, load_catalog, make_padaria

PAGE = "/en/settings/contracts/"


@pytest.fixture
def padaria(db, gateway):
    load_catalog()
    return make_padaria(now=clock.now() - HOUR)


@pytest.mark.rule("END-3", part="cancel")
@pytest.mark.rule("END-3", part="take back")
def test_an_administrator_sees_what_ends_cancels_and_takes_it_back(ana, padaria):
    url = f"{PAGE}{public('ctr', padaria.contract_id)}/cancel/"
    assert url in ana.get(PAGE).text
    page = words(ana.get(url))
    assert "Last invoice, as things stand R$0.00 Left of the package now R$100.00" in page
    assert "all works up to and including" in page

    done = words(ana.post(url, {"do": "cancel", "why": "We move."}, follow=True))

    assert "is cancelled: all works up to" in done
    assert "Then a last invoice bills what was used. Take the cancellation back" in done
    assert padaria.contract.state is State.ENDING
    assert contracts.moves(padaria.contract_id)[0].reason == "We move."
    assert "It is cancelled Take it back" in words(ana.get(url))
    kept = words(ana.post(url, {"do": "take_back", "why": ""}, follow=True))
    assert "The cancellation is taken back: contract" in kept
    assert padaria.contract.state is State.ACTIVE


def test_a_viewer_cannot(bruno, padaria):
    url = f"{PAGE}{public('ctr', padaria.contract_id)}/cancel/"
    assert bruno.post(url, {"do": "cancel"}).status_code == 403
    assert padaria.contract.state is State.ACTIVE
