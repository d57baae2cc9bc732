"""Usage › Limits of your own: Administrators set them, Viewers see them (LIM-5)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.metering import own_limits
from abono.domain.notices.queries import list_for
from abono.entrypoints.site.design import amounts
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.platform import clock, events
from tests.entrypoints.portal.reading import hidden, path_of, words
from tests.world import HOUR, Tenant, hold, use

pytestmark = pytest.mark.rule("LIM-5")
PAGE, SAVE, USAGE = "/en/usage/limits/", "/en/usage/limits/save/", "/en/usage/"


def test_an_administrator_sets_limits_and_sees_what_is_left(ana: Client, padaria: Tenant):
    use(padaria.contract_id, 2, at=clock.now() - HOUR)  # R$ 1,10 on WhatsApp
    assert "You set no limits of your own" in words(ana.get(PAGE))
    answer = ana.post(
        SAVE,
        {
            "cap": "1,000.50",
            "channel-whatsapp": "1.10",
            "channel-sms": "0",
            "confirmed": "1000500000:[('sms', 0), ('whatsapp', 1100000)]",
        },
    )
    assert path_of(answer["Location"]) == PAGE
    said = words(ana.get(PAGE))
    assert "From now on no send passes R$1,000.50 in a cycle." in said
    assert "All channels R$1,000.50 R$1.10 R$999.40" in said
    assert "WhatsApp R$1.10 R$1.10 R$0.00 Reached" in said
    assert "SMS R$0.00 R$0.00 R$0.00 Reached" in said
    assert "Your cap lies above the limit of the contract, R$200.00" in said
    assert not hold(padaria.contract_id, at=clock.now())[1][0].status.granted
    on_usage = words(ana.get(USAGE))
    assert "WhatsApp: R$0.00 left of your own limit of R$1.10 Reached" in on_usage
    assert "Set limits of your own" in on_usage


def test_the_form_shows_what_holds_and_an_empty_one_takes_it_back(ana: Client, padaria: Tenant):
    ana.post(SAVE, {"cap": "50", "channel-sms": "7.5"})
    page = ana.get("/es/usage/limits/").content.decode()
    assert 'value="50,00"' in page
    assert 'value="7,50"' in page
    ana.post(SAVE, {"cap": "", "channel-sms": " "})
    found = own_limits.own_limits(padaria.contract_id)
    assert (found.cap_micro, found.budgets) == (None, {})
    assert "There are no limits of your own any more" in words(ana.get(PAGE))


def test_limits_below_what_is_used_say_that_sending_stops_now_and_are_saved_at_the_second_press(
    ana: Client, padaria: Tenant
):
    use(padaria.contract_id, 2, at=clock.now() - HOUR)  # R$ 1,10 on WhatsApp
    asked = ana.post(SAVE, {"cap": "1", "channel-whatsapp": "1.10"})
    assert asked.status_code == 200
    assert "With a cap of R$1.00 sending stops now: R$1.10 are used and set aside" in words(asked)
    assert "With a budget of R$1.10 sending on WhatsApp stops now" in words(asked)
    assert own_limits.own_limits(padaria.contract_id).changed_at is None
    seen = hidden(asked, "confirmed")
    other = ana.post(SAVE, {"cap": "0.50", "channel-whatsapp": "1.10", "confirmed": seen})
    assert "With a cap of R$0.50 sending stops now" in words(other)  # not what was confirmed
    ana.post(SAVE, {"cap": "1", "channel-whatsapp": "1.10", "confirmed": seen})
    assert own_limits.own_limits(padaria.contract_id).cap_micro == 1_000_000


def test_a_reached_cap_is_said_on_every_page_that_speaks_of_sending(
    ana: Client, bruno: Client, padaria: Tenant
):
    ana.post(SAVE, {"cap": "1"})
    assert [answer.status.name for answer in use(padaria.contract_id, 2, at=clock.now())] == [
        "HELD",
        "CAPPED",
    ]
    for path in ("/en/home/", USAGE, PAGE, "/en/settings/contracts/"):
        page = words(ana.get(path))
        assert "Your own cap stops sending" in page
        assert "The cap on each cycle is R$1.00, and R$0.55 are used and set aside." in page
    for path in ("/en/home/", USAGE, "/en/settings/contracts/"):
        assert "Stopped by your own cap" in words(ana.get(path))
        assert "Sending open" not in words(ana.get(path))
    assert "Your own cap stops sending" in words(bruno.get("/en/home/"))


@pytest.mark.rule("NOT-1", part="thresholds and block")
def test_a_reached_cap_is_an_event_and_a_notice_once_in_a_cycle(ana: Client, padaria: Tenant):
    ana.post(SAVE, {"cap": "1"})
    use(padaria.contract_id, 2, at=clock.now())
    tell_thresholds()
    ana.post(SAVE, {"cap": "2"})
    use(padaria.contract_id, 5, at=clock.now())
    tell_thresholds()
    names = [one.name for one in events.page(customer_id=padaria.customer_id, limit=99)]
    assert names.count("sending.own_cap") == 1
    [told] = [one for one in list_for(padaria.customer_id, "en") if one.kind == "own_cap"]
    assert "your own cap is R$1.00" in told.wording.body[0]


@pytest.mark.parametrize("cap", ["0.001", "0.009"])
def test_a_cap_is_at_least_one_centavo(ana: Client, padaria: Tenant, cap: str):
    answer = ana.post(SAVE, {"cap": cap})
    assert answer.status_code == 422
    assert "The smallest amount is 0.01" in words(answer)


@pytest.mark.parametrize("cap", ["-5", "ten", "1e5", "1,5,0", "9" * 40, "5\0", "٣"])
def test_what_is_no_amount_is_told_at_its_field_and_nothing_is_lost(ana: Client, padaria: Tenant, cap: str):
    answer = ana.post(SAVE, {"cap": cap, "channel-sms": "12.34"})
    assert answer.status_code == 422
    assert "One thing needs a look" in words(answer)
    assert 'value="12.34"' in answer.content.decode()
    assert own_limits.own_limits(padaria.contract_id).changed_at is None


def test_a_channel_that_does_not_exist_is_no_field(ana: Client, padaria: Tenant):
    ana.post(SAVE, {"cap": "1", "channel-telex": "1"})
    assert own_limits.own_limits(padaria.contract_id).budgets == {}


@pytest.mark.rule("ACC-1")
def test_a_viewer_sees_and_cannot_change_and_an_agent_does_neither(
    ana: Client, bruno: Client, carla: Client, padaria: Tenant
):
    ana.post(SAVE, {"cap": "20"})
    seen = bruno.get(PAGE)
    assert "All channels R$20.00" in words(seen)
    assert "<form" not in seen.content.decode().partition("<main")[2]
    assert "An administrator of your organization can change them." in words(seen)
    assert bruno.post(SAVE, {"cap": "30"}).status_code == 403
    assert (carla.get(PAGE).status_code, carla.post(SAVE, {"cap": "30"}).status_code) == (403, 403)
    assert own_limits.own_limits(padaria.contract_id).cap_micro == 20_000_000


@pytest.mark.rule("ACC-2")
def test_everybody_limits_their_own_contract(ana: Client, diego: Client, padaria: Tenant, luna: Tenant):
    diego.post(SAVE, {"cap": "5"})
    assert own_limits.own_limits(luna.contract_id).cap_micro == 5_000_000
    assert own_limits.own_limits(padaria.contract_id).cap_micro is None


def test_who_changed_what_is_kept(ana: Client, padaria: Tenant):
    ana.post(SAVE, {"cap": "20"})
    [happening] = [
        one for one in events.page(customer_id=padaria.customer_id, limit=9) if one.name == "own_limits.set"
    ]
    assert happening.actor == f"person:{padaria.people['ana']}"
    assert happening.before == {"cap_micro": None, "budgets": {}}
    assert happening.after == {"cap_micro": 20_000_000, "budgets": {}}


@pytest.mark.parametrize(
    ("language", "text", "micro"),
    [
        ("es", "1.500,50", 1_500_500_000),
        ("pt-br", "R$ 1.500", 1_500_000_000),
        ("pt-br", "1 500", 1_500_000_000),
        ("es", "99.90", 99_900_000),  # cannot mean anything else
        ("en", "1,500.50", 1_500_500_000),
        ("en", "1.500", 1_500_000),
        ("en", "0.000001", 1),
        ("es", "0.500", None),  # half a real, or a slip: better ask
        ("en", "1.0000001", None),
        ("en", "", None),
    ],
)
def test_amounts_are_read_as_each_language_writes_them(language: str, text: str, micro: int | None):
    assert amounts.read_micro(text, currency="BRL", language=language) == micro


@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
@pytest.mark.parametrize("micro", [0, 1, 10_000, 99_900_000, 1_234_567_890_000, 2**62 - 1])
def test_an_amount_in_a_field_is_read_as_it_is(language: str, micro: int):
    text = amounts.typed(micro, currency="USD", language=language)
    assert amounts.read_micro(text, currency="USD", language=language) == micro


def test_sums_are_said_to_the_cent_however_prices_are_written(diego: Client, luna: Tenant):
    """Three sends at US$ 0.0463 are 0.1389: 0.14 on every page, and 0.86 are left of 1.00."""
    use(luna.contract_id, 3, country="CO", at=clock.now() - HOUR)
    stops = words(diego.post(SAVE, {"cap": "0.10"}))
    assert "With a cap of US$0.10 sending stops now: US$0.14 are used and set aside" in stops
    diego.post(SAVE, {"cap": "1", "channel-whatsapp": "0.5"})
    said = words(diego.get(PAGE))
    assert "All channels US$1.00 US$0.14 US$0.86" in said
    assert "WhatsApp US$0.50 US$0.14 US$0.36" in said
    assert "WhatsApp: US$0.36 left of your own limit of US$0.50" in words(diego.get(USAGE))


def test_a_page_that_a_form_was_sent_to_can_be_reloaded_and_read_in_another_language(ana: Client):
    assert ana.post(SAVE, {"cap": "x"}).status_code == 422
    for address in (SAVE, SAVE.replace("/en/", "/es/")):
        assert path_of(ana.get(address)["Location"]) == address.removesuffix("save/")
    assert ana.put(SAVE).status_code == 405
    for address, back in {
        "/en/settings/contracts/overage/": "/en/settings/contracts/",
        "/en/notices/read/": "/en/notices/",
        "/en/profile/organization/": "/en/profile/",
    }.items():
        assert path_of(ana.get(address)["Location"]) == back
