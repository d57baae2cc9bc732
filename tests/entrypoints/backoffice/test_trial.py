"""A trial on the pages of its customer and of the seller, who moves its end with a reason (INV-10)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from abono.domain.contracts.states import State
from abono.domain.settings.actions import set_value
from abono.domain.settings.trials import TRIAL_DAYS
from abono.kernel.ids import public
from abono.kernel.periods import last_date
from abono.platform import clock, formats
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import words
from tests.pdfs import words as paper
from tests.world import HOUR, Tenant, load_catalog, make_padaria

ZONE = "America/Sao_Paulo"


@pytest.fixture
def padaria(db: None, gateway: object) -> Tenant:
    load_catalog()
    began = clock.now() - HOUR
    set_value(setting=TRIAL_DAYS, value=14, actor="olga", why="to be tried", now=began)
    return make_padaria(now=began)


def last_day(padaria: Tenant) -> str:
    ends = padaria.contract.trial_until
    assert ends is not None
    return formats.long_day(last_date(ends, ZONE), "en")


def test_the_seller_moves_the_end_of_a_trial_and_says_why(padaria: Tenant, olga: Client):
    contract = public("ctr", padaria.contract_id)
    page, url = (f"/en/back-office/contracts/{contract}/{rest}" for rest in ("", "trial/"))
    assert url in olga.get(page).text
    assert f"Trial until {last_day(padaria)}" in words(olga.get(page))
    ends = padaria.contract.trial_until
    assert ends is not None
    later = last_date(ends, ZONE) + timedelta(days=7)
    for wrong in ({"last": later, "why": ""}, {"last": "2020-01-01", "why": "too early"}):
        assert olga.post(url, wrong).status_code == 422
        assert clock.now().date().isoformat() not in words(
            olga.post(url, wrong)
        )  # days as the reader writes them
    assert padaria.contract.trial_until == ends

    done = words(olga.post(url, {"last": later, "why": "The import took longer."}, follow=True))

    assert f"ends on {formats.long_day(later, 'en')}, and the customer is told." in done
    assert padaria.contract.trial_until == ends + timedelta(days=7)


@pytest.mark.rule("INV-10", part="trial: other")
def test_a_program_of_the_seller_moves_it_and_none_of_a_customers(padaria: Tenant):
    seller, sol = program(None), program(padaria.customer_id)
    contract = public("ctr", padaria.contract_id)
    ends = padaria.contract.trial_until
    assert ends is not None
    last = last_date(ends, ZONE)
    asked = {"last": (last + timedelta(days=3)).isoformat(), "why": "The import took longer."}
    assert sol.put(f"/contracts/{contract}/trial-end", asked, once="a").status_code == 403
    answers = [seller.put(f"/contracts/{contract}/trial-end", asked, once="b") for _twice in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert datetime.fromisoformat(answers[1].json()["trial_until"]) == ends + timedelta(days=3)
    late = seller.put(f"/contracts/{contract}/trial-end", asked | {"last": "2020-01-01"}, once="c")
    assert (late.status_code, late.json()["code"]) == (422, "contracts.trial_day_wrong")


@pytest.mark.rule("INV-10", part="trial: other")
def test_its_customer_sees_the_trial_and_ends_it_in_one_press(padaria: Tenant, ana: Client):
    seen = words(ana.get("/en/settings/contracts/"))
    assert f"Trial until {last_day(padaria)} then the fees begin" in seen
    assert f"Until {last_day(padaria)} you can give this contract back and owe nothing." in seen
    contract = f"/en/settings/contracts/{public('ctr', padaria.contract_id)}"
    assert f"Last day of the trial {last_day(padaria)}" in " ".join(
        paper(ana.get(f"{contract}/pdf/").content).split()
    )
    assert "End the contract: nothing is owed" in words(ana.get(f"{contract}/regret/"))
    ana.post(f"{contract}/regret/")
    assert padaria.contract.state is State.ENDED
