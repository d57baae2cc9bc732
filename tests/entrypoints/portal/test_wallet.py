"""My Wallet: what is shown of a card, adding, using and removing one (WAL-1 to WAL-4, WAL-6)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import LazySettings

from abono.domain.customers.models import Customer
from abono.domain.payments import queries as payments
from abono.domain.payments import registry
from abono.domain.payments.models import PaymentMethod
from abono.domain.payments.ports.port import FrameSession, GatewayUnavailable
from abono.kernel.ids import public, uuid7
from abono.kernel.periods import add_months, local_date
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.acts import pay_with
from tests.entrypoints.portal.reading import signed_in, words
from tests.fakes import FakeGateway
from tests.work import renew_due
from tests.world import DAY, make_padaria

PAGE = "/en/settings/wallet/"
ADD = "/en/settings/wallet/add/"
# The checks of WAL-6 by their key words, in the order of the rule.
CHECKS = {
    "number": "digit by digit",
    "expiry": "expiry date",
    "cvv": "security code",
    "online": "online purchases",
    "balance": "enough balance",
    "issuer": "the bank that issued the card",
}


def cards(tenant):
    return payments.wallet(tenant.customer_id)


@pytest.mark.rule("WAL-1", part="digits, holder, expiry")
@pytest.mark.rule("WAL-1", part="brand, which one is used")
def test_a_card_shows_four_digits_holder_expiry_brand_and_which_one_is_used(ana, padaria):
    ana.post(ADD, {"frame_ref": "ok#2"})
    page = ana.get(PAGE)
    assert "Visa In use •••• ending in 4243 Holder ANA SOUZA Expires 12/2030" in words(page)
    assert "Visa Saved •••• ending in 4244 Holder ANA SOUZA Expires 12/2030" in words(page)
    for token in PaymentMethod.objects.values_list("token", flat=True):
        assert token not in page.content.decode()


@pytest.mark.rule("WAL-2")
def test_the_card_is_typed_in_the_gateways_own_frame(ana):
    page = ana.get(ADD)
    text = page.content.decode()
    assert '<iframe src="http://cards.example/frame"' in text
    assert "frame-src http://cards.example" in page["Content-Security-Policy"]
    names = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', text.partition("<main")[2]))
    assert names == {"frame_ref", "next", "use", "csrfmiddlewaretoken"}
    assert "frame-src 'none'" in ana.get(PAGE)["Content-Security-Policy"]


@pytest.mark.rule("WAL-2")
@pytest.mark.rule("WAL-3", part="verified before it is saved")
@pytest.mark.rule("WAL-3", part="made the method")
def test_a_card_is_verified_saved_and_can_be_made_the_contracts_own(ana, padaria, gateway):
    answer = ana.post(ADD, {"frame_ref": "ok#2", "use": "yes"}, follow=True)
    assert "Visa •••• 4244 pays for your contract from now on." in words(answer)
    assert [(card.last4, card.in_use) for card in cards(padaria)] == [("4244", True), ("4243", False)]

    first = cards(padaria)[1]
    answer = ana.post(f"{PAGE}{first.public_id}/use/", follow=True)
    assert "Visa •••• 4243 pays for your contract from now on." in words(answer)
    assert payments.card_in_use(padaria.customer_id).last4 == "4243"


@pytest.mark.rule("WAL-3", "WAL-6")
def test_a_card_that_is_not_accepted_is_not_saved_and_the_likely_reason_comes_first(ana, padaria):
    for hint in CHECKS:
        answer = ana.post(ADD, {"frame_ref": f"refuse:{hint}"})
        page = words(answer)
        assert answer.status_code == 402
        assert "The card was not accepted." in page
        order = sorted(CHECKS, key=lambda name: page.index(CHECKS[name]))
        assert order == [hint, *(name for name in CHECKS if name != hint)]
        assert "cards.example/frame" in answer.content.decode()  # new fields, to try again
    assert len(cards(padaria)) == 1


@pytest.mark.rule("WAL-3")
def test_without_a_clear_answer_nothing_is_saved(ana, padaria):
    answer = ana.post(ADD, {"frame_ref": "unclear"})
    assert answer.status_code == 503
    assert "The bank did not answer in time." in words(answer)
    assert len(cards(padaria)) == 1


def test_a_form_without_a_card_asks_for_one(ana, padaria):
    for ref in ("", "\0", "x" * 201, "a\nb"):
        answer = ana.post(ADD, {"frame_ref": ref})
        assert answer.status_code == 422
        assert "No card was typed yet." in words(answer)
    assert len(cards(padaria)) == 1


@pytest.mark.rule("WAL-4", part="five")
def test_a_wallet_keeps_five_cards(ana, padaria):
    for number in range(2, 6):
        ana.post(ADD, {"frame_ref": f"ok#{number}"})
    assert "A wallet keeps up to 5 cards." in words(ana.get(PAGE))
    assert "Add card" not in words(ana.get(PAGE))
    answer = ana.post(ADD, {"frame_ref": "ok#6"})
    assert answer.status_code == 409
    assert "A wallet keeps up to 5 cards. Remove one first." in words(answer)
    assert len(cards(padaria)) == 5


@pytest.mark.rule("WAL-4", part="the last one")
def test_the_card_that_pays_is_replaced_not_removed(ana, padaria):
    [only] = cards(padaria)
    url = f"{PAGE}{only.public_id}/remove/"
    assert url not in ana.get(PAGE).content.decode()
    for answer in (ana.get(url), ana.post(url)):
        assert answer.status_code == 409
        assert "Add another one and use it, then this one can be removed." in words(answer)
    ana.post(ADD, {"frame_ref": "ok#2", "use": "yes"})
    assert "Remove Visa •••• 4243?" in words(ana.get(url))
    assert len(cards(padaria)) == 2  # asking removes nothing
    gone = ana.post(url, follow=True)
    assert "Visa •••• 4243 was removed." in words(gone)
    assert [card.last4 for card in cards(padaria)] == ["4244"]
    assert ana.post(url).status_code == 404


@pytest.mark.rule("WAL-4", "PAY-7")
def test_a_card_with_a_payment_under_way_stays_until_it_is_known(signed_at, gateway):
    padaria = make_padaria(now=signed_at - 30 * DAY)
    pay_with(padaria, "lost")
    renew_due(now=clock.now(), customer_id=padaria.customer_id)
    used = payments.card_in_use(padaria.customer_id)
    ana = signed_in("ana@padaria.example")
    ana.post(ADD, {"frame_ref": "ok#2", "use": "yes"})
    answer = ana.post(f"{PAGE}{used.public_id}/remove/")
    assert answer.status_code == 409
    assert "A payment of this is being confirmed." in words(answer)
    assert len(cards(padaria)) == 3


def test_afterwards_one_is_back_where_one_came_from(ana):
    assert ana.post(ADD, {"frame_ref": "ok#2", "next": "/en/home/"})["Location"] == "/en/home/"
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "", "\0"):
        assert f'name="next" value="{PAGE}"' in ana.get(ADD, {"next": elsewhere}).content.decode()


class ClosedGateway(FakeGateway):
    """A gateway that is down."""

    def open_card_frame(
        self, customer_reference: str, language: str, parent_origin: str, key: str
    ) -> FrameSession:
        raise GatewayUnavailable()


def test_a_gateway_that_does_not_answer_is_said_so(ana, settings: LazySettings):
    settings.GATEWAYS = {"simulator": {"adapter": f"{__name__}.ClosedGateway", "options": {}}}
    registry.gateway.cache_clear()
    answer = ana.get(ADD)
    assert answer.status_code == 503
    assert "The payment gateway is not answering." in words(answer)
    assert "Try again" in words(answer)


@pytest.mark.rule("WAL-1")
@pytest.mark.rule("WAL-2", part="opens the page")
def test_no_card_yet_leads_to_adding_one(ana, padaria):
    PaymentMethod.objects.update(in_use=False, removed_at=clock.now())
    assert "The first one that you add pays for your contract." in words(ana.get(PAGE))
    ana.post(ADD, {"frame_ref": "ok#2"})
    assert payments.card_in_use(padaria.customer_id) is not None


@pytest.mark.rule("WAL-6", "API-3")
def test_who_tries_card_after_card_waits_and_is_told_until_when(ana, padaria, gateway):
    answers = [ana.post(ADD, {"frame_ref": f"refuse:balance#{n}"}) for n in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers[:6]] == [402] * 6
    assert len(refused) == 6
    assert int(refused[0]["Retry-After"]) in range(25, 31)
    assert "Please wait one minute and try again." in words(refused[0])
    assert ana.post(ADD, {"frame_ref": "ok#2"}).status_code == 429  # a good one waits too
    told = Event.objects.get(name="cards.slowed")  # once an hour, and nothing of any card
    assert (told.customer_id, told.actor) == (padaria.customer_id, f"person:{padaria.people['ana']}")
    assert (told.subject_type, told.subject_id, told.data) == ("customer", padaria.customer_id, {})
    assert len(cards(padaria)) == 1


def test_cards_that_are_good_do_not_count_as_tries(ana, padaria):
    for n in range(4):
        for _twice in range(3):
            assert ana.post(ADD, {"frame_ref": f"refuse:cvv#{n}"}).status_code == 402
        assert ana.post(ADD, {"frame_ref": f"ok#{n}"}).status_code == 302


@pytest.mark.rule("WAL-3", "WAL-6")
def test_a_check_that_reached_nobody_blames_no_card(ana, padaria):
    answer = ana.post(ADD, {"frame_ref": "unheard"})
    assert answer.status_code == 503
    assert "No card was declined and nothing was charged" in words(answer)
    assert CHECKS["number"] not in words(answer)
    assert len(cards(padaria)) == 1


@pytest.mark.rule("PAY-8", part="reserve")
def test_another_card_is_kept_as_reserve_and_let_go_again(ana, padaria):
    ana.post(ADD, {"frame_ref": "ok#2"})
    used, other = cards(padaria)
    url = f"{PAGE}{other.public_id}/reserve/"
    assert "Visa •••• 4244 is your reserve now." in words(ana.post(url, {"reserve": "yes"}, follow=True))
    assert "Visa Reserve •••• ending in 4244" in words(ana.get(PAGE))
    assert "Not the reserve any more" in words(ana.get(PAGE))
    refused = ana.post(f"{PAGE}{used.public_id}/reserve/", {"reserve": "yes"})
    assert refused.status_code == 409
    assert "is not your reserve any more." in words(ana.post(url, follow=True))
    assert not any(card.reserve for card in cards(padaria))
    assert ana.post(f"{PAGE}{public('pay', uuid7())}/reserve/", {"reserve": "yes"}).status_code == 404


@pytest.mark.rule("WAL-4", part="the last one")
@pytest.mark.rule("WAL-5")
def test_the_card_that_pays_is_replaced_from_its_own_page(ana, padaria):
    [used] = cards(padaria)
    url = f"{PAGE}{used.public_id}/replace/"
    assert url in ana.get(PAGE).text
    assert "It takes the place of Visa •••• 4243" in words(ana.get(url))
    assert "Visa •••• 4244 pays for your contract" in words(ana.post(url, {"frame_ref": "ok#2"}, follow=True))
    assert [(card.last4, card.in_use) for card in cards(padaria)] == [("4244", True)]
    assert ana.get(url).status_code == 404


@pytest.mark.rule("WAL-5")
@pytest.mark.rule("PAY-8", part="another card asked for")
def test_the_page_says_of_a_card_that_it_expires_or_is_not_charged_and_what_to_do(ana, padaria):
    today = local_date(clock.now(), "America/Sao_Paulo")
    ahead = next(days for days in range(31) if (today + timedelta(days)).day == 15)  # by a clock of its own
    Customer.objects.update(sandbox=True, clock_offset_s=timedelta(ahead).total_seconds())
    today += timedelta(ahead)
    card = PaymentMethod.objects.filter(customer_id=padaria.customer_id)
    for shift, says in ((0, "Expires soon"), (-1, "Expired")):  # a card is good until its month ends
        of = add_months(today.replace(day=1), shift)
        card.update(exp_month=of.month, exp_year=of.year)
        assert f"Visa {says}" in words(ana.get(PAGE))
    card.update(stopped="mandate", exp_year=2040)
    page = words(ana.get(PAGE))
    assert "Visa Not charged" in page
    assert "Its holder stopped these charges at the bank." in page
