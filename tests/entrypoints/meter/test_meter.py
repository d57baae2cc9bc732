from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from abono.domain.contracts.models import Contract
from abono.domain.customers import actions as customers
from abono.domain.identity import actions as identity
from abono.domain.identity.models import ApiKey
from abono.domain.metering import actions as metering
from abono.domain.metering.types import keyed
from abono.domain.restrictions.actions import restrict
from abono.domain.restrictions.states import Cause
from abono.domain.settings.known import HOLD_LASTS
from abono.flows import locks
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests import sql
from tests.domain.metering.world import CENT, DAY, HOUR, World, rows
from tests.entrypoints.meter.client import Program, Tenant, program, tenant


@pytest.mark.rule("PKG-5")
@pytest.mark.rule("PKG-7", part="with the reason")
@pytest.mark.rule("PKG-7", part="one by one in order")
def test_a_batch_of_holds_is_answered_send_by_send(api: Program, padaria: Tenant):
    odd = padaria.sms("no price") | {"channel": "telex"}
    answer = api.post("/v1/holds", {"sends": [padaria.sms("a"), odd, padaria.sms("b")]})
    assert answer.results == [
        {"id": "a", "status": "held", "price_micro": 10 * CENT, "left_micro": 199_900_000},
        {"id": "no price", "status": "refused", "code": "no_price"},
        {"id": "b", "status": "held", "price_micro": 10 * CENT, "left_micro": 199_800_000},
    ]
    assert padaria.balance().held_micro == 20 * CENT


@pytest.mark.rule("PKG-5", part="one")
def test_nobody_keeps_an_answer_or_takes_it_for_something_else(api: Program, padaria: Tenant):
    for answer in (api.post("/v1/holds", padaria.sms("a")), api.post("/v1/holds", b"[")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.rule("END-1", part="refused")
def test_of_a_restricted_contract_nothing_goes_out_and_what_left_is_settled(api: Program, padaria: Tenant):
    dates = {
        "adhesion_date": clock.now().date(),
        "cycle_start": clock.now() - DAY,
        "cycle_end": clock.now() + DAY,
    }
    Contract.objects.filter(id=padaria.contract_id).update(state="active", **dates)
    api.post("/v1/holds", padaria.sms("a"))
    with locks.contract(padaria.contract_id) as contract:
        restrict(contract, Cause.FRAUD, why="x", actor="olga", now=clock.now())
    # The notification is on its way: it is heard within moments, not after the cache's minute.
    said = [api.post("/v1/holds", padaria.sms(f"b{n}")).json for n in range(100)]
    assert said[-1] == {"id": "b99", "status": "refused", "code": "contract_restricted"}
    assert api.get(f"/v1/balances/{padaria.contract}").json["sending_state"] == "restricted"
    again = api.post("/v1/holds", {"sends": [padaria.sms("b0") | {"id": "c"}, padaria.sms("a")]}).json[
        "results"
    ]
    assert [(one["status"], one.get("replayed")) for one in again] == [("refused", None), ("held", True)]
    held = "SELECT 1 FROM metering_refused_hold WHERE send_id = %s"  # it may be billed, should it leave
    assert sql.run(held, keyed("a")[0]) == []
    settled = api.post("/v1/settlements", {"id": "a", "contract": padaria.contract, "outcome": "sent"}).json
    assert settled["status"] == "settled"


def test_a_single_send_is_answered_by_itself(api: Program, padaria: Tenant):
    answer = api.post("/v1/holds", padaria.sms("a"))
    assert answer.json == {"id": "a", "status": "held", "price_micro": 10 * CENT, "left_micro": 199_900_000}


@pytest.mark.rule("PKG-9")
def test_the_same_send_again_gets_the_first_answer(api: Program, padaria: Tenant):
    first = api.post("/v1/holds", padaria.sms("a")).json
    api.post("/v1/holds", padaria.sms("b"))
    assert api.post("/v1/holds", padaria.sms("a")).json == first | {"replayed": True}
    other = padaria.sms("a") | {"channel": "whatsapp", "kind": "company"}
    assert api.post("/v1/holds", other).json == {"id": "a", "status": "refused", "code": "id_reused"}


@pytest.mark.rule("PKG-9")
def test_a_replay_says_when_the_hold_has_ended(api: Program, padaria: Tenant):
    api.post("/v1/holds", {"sends": [padaria.sms("a"), padaria.sms("b")]})
    api.post("/v1/settlements", padaria.settlement("b", "rejected"))
    again = api.post("/v1/holds", {"sends": [padaria.sms("a"), padaria.sms("b")]}).results
    assert [result.get("outcome") for result in again] == [None, "rejected"]


def test_a_uuid_of_version_7_is_its_own_key_in_either_case(api: Program, padaria: Tenant):
    name = str(uuid7())
    api.post("/v1/holds", padaria.sms(name))
    assert api.post("/v1/holds", padaria.sms(name.upper())).json["replayed"] is True
    assert rows("metering_send") == 1


@pytest.mark.rule("LIM-2", part="sending_blocked with ways out")
def test_a_blocked_send_is_told_the_ways_out(api: Program, world: World):
    small = tenant(world, "Small", value=1)
    api.key = small.key
    results = api.post("/v1/holds", {"sends": [small.sms(f"{n}") for n in range(22)]}).results
    assert [r["status"] for r in results] == ["held"] * 20 + ["refused"] * 2
    assert results[20] == {
        "id": "20",
        "status": "refused",
        "code": "sending_blocked",
        "ways_out": [],  # all of it is held, so nothing can be paid yet; no bigger package is on sale
        "price_micro": 10 * CENT,
        "left_micro": 0,
    }
    free = small.sms("reply") | {"channel": "webchat", "kind": "session", "country": "", "use": "chatbot"}
    assert api.post("/v1/holds", free).json["status"] == "held"
    balance = api.get(f"/v1/balances/{small.contract}").json
    assert (balance["sending_state"], balance["ways_out"]) == ("blocked", [])
    api.post("/v1/settlements", {"settlements": [small.settlement(f"{n}") for n in range(20)]})
    assert api.get(f"/v1/balances/{small.contract}").json["ways_out"] == ["pay_interim_invoice"]


@pytest.mark.rule("PKG-4")
@pytest.mark.rule("PKG-5", part="settle each")
def test_settlements_say_what_became_of_each(api: Program, padaria: Tenant):
    api.post("/v1/holds", {"sends": [padaria.sms(name) for name in "abcde"]})
    metering.expire(now=clock.now() + HOLD_LASTS.shipped - HOUR)
    answer = api.post(
        "/v1/settlements",
        {
            "settlements": [
                padaria.settlement("a", "sent"),
                padaria.settlement("b", "rejected"),
                padaria.settlement("a", "not_delivered"),  # after sent: gives nothing back
                padaria.settlement("a", "rejected"),
                padaria.settlement("z"),
                padaria.settlement("c", "delivered"),
                padaria.settlement("d", "not_delivered"),
            ]
        },
    )
    settled = {"status": "settled", "price_micro": 10 * CENT}
    assert answer.results == [
        {"id": "a", **settled, "outcome": "sent"},
        {"id": "b", **settled, "outcome": "rejected"},
        {"id": "a", **settled, "status": "not_delivered", "outcome": "sent", "replayed": True},
        {"id": "a", "status": "refused", "code": "already_settled"},
        {"id": "z", "status": "uncovered", "code": "no_send"},
        {"id": "c", **settled, "outcome": "sent"},
        {"id": "d", **settled, "status": "not_delivered", "outcome": "sent"},
    ]
    balance = padaria.balance()
    assert (balance.held_micro, balance.used_micro) == (10 * CENT, 30 * CENT)


@pytest.mark.rule("PKG-5")
def test_a_hold_that_was_released_stays_released(api: Program, padaria: Tenant):
    api.post("/v1/holds", padaria.sms("a"))
    metering.expire(now=clock.now() + HOLD_LASTS.shipped)
    rejected = api.post("/v1/settlements", padaria.settlement("a", "rejected")).json
    assert (rejected["status"], rejected["code"]) == ("refused", "hold_expired")


@pytest.mark.rule("INT-1", "INT-2")
def test_interactions_are_counted_from_contact_events(api: Program, padaria: Tenant):
    now = clock.now()

    def event(name: str, **other: str) -> dict[str, str]:
        return {
            "id": name,
            "contract": padaria.contract,
            "contact": "+55 11 90000-0001",
            "channel": "whatsapp",
            "kind": "contact_message",
            "at": (now - HOUR).isoformat(),
        } | other

    events = [
        event("a"),
        event("b"),
        event("c", kind="mass_send"),
        event("d", kind="smoke"),
        event("e", channel="telex"),
        event("a"),
        event("f", at=(now + timedelta(minutes=6)).isoformat()),
        event("g", at=(now - 20 * DAY).isoformat()),
    ]
    results = api.post("/v1/interactions", {"events": events}).results
    assert [(r["status"], r.get("code")) for r in results] == [
        ("opened", None),
        ("covered", None),
        ("not_counted", None),
        ("refused", "unknown_kind"),
        ("refused", "unknown_channel"),
        ("known", None),
        ("refused", "in_the_future"),
        ("refused", "no_cycle"),
    ]
    assert padaria.balance().interactions == 1


def test_the_balance_is_that_of_the_present_cycle(api: Program, padaria: Tenant):
    api.post("/v1/holds", padaria.sms("a"))
    balance = api.get(f"/v1/balances/{padaria.contract}").json
    expected = {
        "contract": padaria.contract,
        "currency": "BRL",
        "value_micro": 100_000_000,
        "ceiling_micro": 200_000_000,
        "held_micro": 10 * CENT,
        "used_micro": 0,
        "left_micro": 199_900_000,
        "overage_micro": 0,
        "overage_price_percent": 100,
        "overage_price_micro": 0,
        "sending_state": "ok",
        "blocked_at": None,
        "ways_out": [],
        "interactions": {"included": 100, "used": 0, "extra": 0},
    }
    assert expected.items() <= balance.items()


@pytest.mark.rule("ACC-2", "CON-7")
def test_another_customers_contract_does_not_exist(api: Program, padaria: Tenant, luna: Tenant):
    api.key = luna.key
    api.post("/v1/holds", luna.sms("hers"))
    api.key = padaria.key
    unknown = luna.sms("x") | {"contract": public("ctr", uuid7())}
    results = api.post("/v1/holds", {"sends": [luna.sms("x"), unknown, padaria.sms("x")]}).results
    assert [(r["status"], r.get("code")) for r in results] == [
        ("refused", "no_contract"),
        ("refused", "no_contract"),
        ("held", None),
    ]
    assert api.post("/v1/settlements", luna.settlement("hers")).json["code"] == "no_contract"
    event = {**luna.sms("e"), "contact": "c", "at": clock.now().isoformat()}
    del event["country"]
    assert api.post("/v1/interactions", event).json["code"] == "no_contract"
    for name in (luna.contract, public("ctr", uuid7()), "ctr_", "nonsense"):
        answer = api.get(f"/v1/balances/{name}")
        assert (answer.status, answer.json["code"]) == (404, "no_contract")
    assert luna.balance().held_micro == 10 * CENT


def test_the_sellers_key_reaches_every_contract(api: Program, padaria: Tenant, luna: Tenant):
    _, api.key = identity.issue_key(
        name="seller", customer_id=None, scopes=("meter",), expires_at=None, actor="test", now=clock.now()
    )
    results = api.post("/v1/holds", {"sends": [padaria.sms("a"), luna.sms("a")]}).results
    assert [r["status"] for r in results] == ["held", "held"]


@pytest.mark.rule("ACC-4")
def test_without_a_usable_key_nothing_is_served(api: Program, padaria: Tenant):
    now = clock.now()
    _, expired = identity.issue_key(
        name="old",
        customer_id=padaria.customer_id,
        scopes=("meter",),
        expires_at=now - DAY,
        actor="test",
        now=now,
    )
    for key in (None, "abk_unknown", expired, "\x00", ""):
        api.key = key
        answer = api.post("/v1/holds", padaria.sms("a"))
        assert (answer.status, answer.json["code"]) == (401, "no_usable_key")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert rows("metering_send") == 0


@pytest.mark.rule("ACC-4", part="revoked everywhere")
def test_a_revoked_key_stops_at_once_although_it_was_remembered(api: Program, padaria: Tenant):
    assert api.post("/v1/holds", padaria.sms("a")).status == 200
    assert api.post("/v1/holds", padaria.sms("b")).status == 200
    with transaction.atomic():
        identity.revoke_key(key_id=padaria.key_id, actor="ana", now=clock.now())
    # The notification is on its way: the answer turns within moments, not after the cache's five seconds.
    statuses = [api.post("/v1/holds", padaria.sms(f"c{n}")).status for n in range(200)]
    assert statuses[-1] == 401
    assert sorted(set(statuses)) in ([401], [200, 401])


@pytest.mark.rule("ACC-4")
def test_a_key_needs_the_scope(api: Program, world: World):
    reader = tenant(world, "Reader", scopes=("read",))
    api.key = reader.key
    refused = api.post("/v1/holds", reader.sms("a"))
    assert (refused.status, refused.json["code"]) == (403, "scope_missing")
    assert api.get(f"/v1/balances/{reader.contract}").status == 200


@pytest.mark.rule("ACC-4")
def test_the_last_use_of_a_key_is_noted(api: Program, padaria: Tenant):
    before = clock.now()
    api.post("/v1/holds", padaria.sms("a"))
    used_at = ApiKey.objects.get(id=padaria.key_id).last_used_at
    assert used_at is not None
    assert used_at >= before


@pytest.mark.rule("TIM-2")
def test_a_sandbox_customer_sends_on_its_own_clock(api: Program, world: World):
    sandbox = tenant(world, "Sandbox", sandbox=True)
    api.key = sandbox.key
    api.post("/v1/holds", sandbox.sms("now"))
    now = clock.now()
    with transaction.atomic():
        customers.set_clock(customer_id=sandbox.customer_id, real=now, to=now + 25 * DAY, actor="olga")
    for n in range(100):  # until the notification has come
        left = api.post("/v1/holds", sandbox.sms(f"later {n}")).json["left_micro"]
        if left > 199_800_000 - 10 * CENT * n:
            break
    assert left == 199_900_000  # the first of the next cycle


def test_messages_are_in_the_callers_language(api: Program, padaria: Tenant):
    for language in ("es", "pt-BR,pt;q=0.9", "en", "xx", "", "\u00e9"):
        answer = api.post("/v1/nothing", b"", accept_language=language)
        assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_a_second_program_after_a_stop_is_served(padaria: Tenant):
    for n in range(2):
        with program() as running:
            running.key = padaria.key
            assert running.post("/v1/holds", padaria.sms(f"{n}")).json["status"] == "held"
