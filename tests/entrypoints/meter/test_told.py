"""Settlements of sends that nobody held: they draw, or are kept as uncovered (PKG-12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from abono.domain.metering import actions as metering
from abono.domain.uncovered.actions import Which, decide
from abono.platform import clock
from tests.domain.metering.world import CENT, rows
from tests.entrypoints.meter.client import Program, Tenant


def refused_by_us() -> list[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT hold_refused FROM metering_uncovered ORDER BY reference")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.rule("PKG-12")
def test_a_settlement_without_a_hold_draws_when_it_says_what_it_was(api: Program, padaria: Tenant):
    told = {**padaria.settlement("a", "delivered"), "channel": "sms", "kind": "message", "country": "BR"}
    first, again = (api.post("/v1/settlements", {"settlements": [told]}).results for _ in range(2))
    assert (first[0]["status"], first[0]["price_micro"]) == ("recorded", 10 * CENT)
    assert (again[0]["status"], again[0]["replayed"]) == ("settled", True)
    assert padaria.balance().used_micro == 10 * CENT


@pytest.mark.rule("PKG-12", part="no price")
def test_one_without_a_price_or_a_word_of_what_it_was_is_kept(api: Program, padaria: Tenant):
    told = [
        {**padaria.settlement("a"), "channel": "sms", "kind": "message", "country": "FR"},
        padaria.settlement("b"),
        padaria.settlement("c", "rejected"),
        {**padaria.settlement("a"), "channel": "sms", "kind": "message", "country": "BR"},
    ]
    results = api.post("/v1/settlements", {"settlements": told}).results
    assert [(r["status"], r["code"]) for r in results] == [
        ("uncovered", "no_price"),
        ("uncovered", "no_send"),
        ("refused", "no_send"),
        ("uncovered", "no_price"),
    ]
    assert rows("metering_uncovered") == 2
    assert padaria.balance().used_micro == 0


@pytest.mark.rule("PKG-12")
def test_one_that_is_told_of_after_its_hold_was_released_is_drawn_anew(api: Program, padaria: Tenant):
    api.post("/v1/holds", padaria.sms("a"))
    metering.expire(now=clock.now() + timedelta(days=8), contract_id=padaria.contract_id)
    first, again = (api.post("/v1/settlements", padaria.settlement("a")).json for _ in range(2))
    assert (first["status"], first["price_micro"]) == ("recorded", 10 * CENT)
    assert (again["status"], again["replayed"]) == ("settled", True)
    assert padaria.balance().used_micro == 10 * CENT
    receipt = api.get(f"/v1/sends/{padaria.contract}/a").json
    assert (receipt["id"], receipt["state"], receipt["drawn_micro"]) == ("a", "settled", None)
    rejected = api.post("/v1/settlements", padaria.settlement("a", "rejected")).json
    assert (rejected["status"], rejected["code"]) == ("refused", "hold_expired")


@pytest.mark.rule("PKG-12", part="never after our refusal")
def test_what_we_refused_to_hold_is_marked_should_it_be_told_of(api: Program, padaria: Tenant):
    abroad = {**padaria.sms("a"), "country": "FR"}
    assert api.post("/v1/holds", abroad).json["code"] == "no_price"
    told = [
        {**padaria.settlement(name), "channel": "sms", "kind": "message", "country": "FR"}
        for name in ("a", "b")
    ]
    api.post("/v1/settlements", {"settlements": told})
    assert refused_by_us() == [True, False]


@pytest.mark.rule("PKG-12", "PKG-9")
def test_one_that_is_billed_is_refused_when_it_is_asked_for_and_stays_uncovered_when_told(
    api: Program, padaria: Tenant
):
    abroad = {**padaria.settlement("a"), "channel": "sms", "kind": "message", "country": "FR"}
    assert api.post("/v1/settlements", abroad).json["status"] == "uncovered"
    decide(
        contract_id=padaria.contract_id,
        which=Which(),
        bill=True,
        typed_micro=CENT,
        why="…",
        actor="olga",
        now=clock.now(),
    )
    held = api.post("/v1/holds", padaria.sms("a")).json
    assert (held["status"], held["code"]) == ("refused", "id_reused")
    told = api.post("/v1/settlements", padaria.settlement("a")).json
    assert (told["status"], told["replayed"], told["code"]) == ("uncovered", True, "no_price")
    assert api.get(f"/v1/sends/{padaria.contract}/a").status == 404
    assert (padaria.balance().used_micro, padaria.balance().held_micro) == (0, 0)


@pytest.mark.rule("PKG-9", "PKG-4", "PKG-13")
def test_what_is_told_again_is_compared_with_how_it_ended_and_what_it_drew(api: Program, padaria: Tenant):
    company = {**padaria.settlement("a", "sent"), "channel": "whatsapp", "kind": "company", "country": "BR"}
    assert api.post("/v1/settlements", company).json["status"] == "recorded"
    drawn = padaria.balance().used_micro
    told = [
        company,
        {**company, "outcome": "not_delivered"},  # it left, and that draws: nothing comes back
        {**padaria.settlement("a", "delivered"), "kind": "contact"},  # the carrier's own category
        {**padaria.settlement("a", "delivered"), "kind": "contact"},
        padaria.settlement("a", "rejected"),
        {**company, "channel": "sms"},  # another send, whose teller gave it this one's id
        {**company, "country": "PE"},
        company,  # as it came before, and dearer than what it was counted as last: it draws that
        {**company, "kind": "reply"},
    ]
    answers = [api.post("/v1/settlements", one).json for one in told]
    assert [(one["status"], one.get("code")) for one in answers] == [
        ("settled", None),
        ("not_delivered", None),
        ("settled", None),
        ("settled", None),
        ("refused", "already_settled"),
        ("refused", "id_reused"),
        ("refused", "id_reused"),
        ("settled", None),
        ("refused", "no_price"),
    ]
    assert [one.get("replayed", False) for one in answers[:4]] == [True, True, False, True]
    assert (drawn, padaria.balance().used_micro) == (55 * CENT, 30 * CENT)
    receipt = api.get(f"/v1/sends/{padaria.contract}/a").json
    assert (receipt["drawn_micro"], receipt["counted_as"]) == (30 * CENT, "contact")
