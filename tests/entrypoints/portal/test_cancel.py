"""The contract is cancelled on its page for the end of its cycle, and that is taken back there (END-3)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.notices import queries as notices
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.portal.reading import signed_in, words
from tests.remembered import lately
from tests.scenarios.years import a_year
from tests.world import HOUR, join_ana, load_catalog, make_padaria

PAGE = "/en/settings/contracts/"


@pytest.fixture
def padaria(db, gateway):
    load_catalog()
    return make_padaria(now=lately())


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
    assert "Last invoice, as things stand R$0.00 Software plan" in done  # no day, no card: nothing is charged
    assert "Then a last invoice bills what was used. Take the cancellation back" in words(
        ana.get("/en/home/")
    )
    assert padaria.contract.state is State.ENDING
    assert contracts.moves(padaria.contract_id)[0].reason == "We move."
    assert "It is cancelled Take it back" in words(ana.get(url))
    kept = words(ana.post(url, {"do": "take_back", "why": ""}, follow=True))
    assert "The cancellation is taken back: contract" in kept
    assert padaria.contract.state is State.ACTIVE


@pytest.mark.rule("END-3", part="cancel")
def test_of_a_paid_year_page_and_mail_say_until_when_it_goes_on_and_what_is_billed_each_month(db, gateway):
    padaria = a_year(now=clock.now() - HOUR)
    join_ana(padaria)
    ana = signed_in("ana@padaria.example")
    ana.post(f"{PAGE}{public('ctr', padaria.contract_id)}/cancel/", {"do": "cancel", "why": ""})
    last = padaria.contract.ends_at - HOUR
    day = f"{last.astimezone(ZoneInfo('America/Sao_Paulo')):%-d %B %Y}"
    assert (last - clock.now()).days > 360
    monthly = "channel package, use and extra licences are billed each month as before."
    for page in (PAGE, "/en/home/"):
        said = words(ana.get(page))
        assert f"all works up to and including {day}." in said
        assert monthly in said
    assert "Next charge, as things stand R$100.00" in words(ana.get(PAGE))
    [notice] = [
        one for one in notices.list_for(padaria.customer_id, "en") if "cancelled" in one.wording.title
    ]
    told = " ".join(notice.wording.body)
    assert f"All works up to {day}." in told
    assert monthly in told


def test_a_viewer_cannot(bruno, padaria):
    url = f"{PAGE}{public('ctr', padaria.contract_id)}/cancel/"
    assert bruno.post(url, {"do": "cancel"}).status_code == 403
    assert padaria.contract.state is State.ACTIVE
