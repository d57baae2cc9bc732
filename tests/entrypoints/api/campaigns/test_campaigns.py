"""Campaigns over the API: from the estimate to the end (PKG-5, PKG-9, PKG-11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from abono.domain.catalog.models import Route, SessionPrice
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.flows.check_books import check_books
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.entrypoints.api.conftest import FastLane, Program, contract_id, program
from tests.world import Tenant

DAY = timedelta(days=1)
WHATSAPP = {"channel": "whatsapp", "kind": "company", "country": "BR"}
SMS = {"channel": "sms", "kind": "message", "country": "BR"}


def line(route: dict[str, str], count: Any) -> dict[str, Any]:
    return {**route, "count": count}


class Sol:
    """Padaria Sol's program, its contract, and what stands there."""

    def __init__(self, tenant: Tenant, it: Program) -> None:
        self.tenant, self.it = tenant, it
        self.at = f"/contracts/{contract_id(tenant)}"

    def hold(self, name: Any = "easter", *lines: dict[str, Any]) -> HttpResponse:
        wanted = list(lines) or [line(WHATSAPP, 100)]
        return self.it.post(f"{self.at}/campaigns", {"id": name, "lines": wanted})

    def ended(self, name: str, outcome: str = "sent") -> dict[str, str]:
        return {
            "id": name,
            "contract": contract_id(self.tenant),
            "campaign": "easter",
            "outcome": outcome,
        } | WHATSAPP

    def campaign(self, name: str = "easter") -> Any:
        answer = self.it.get(f"{self.at}/campaigns/{name}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def balance(self) -> Balance:
        return metering.balance(contract_id=self.tenant.contract_id, at=clock.now())


@pytest.fixture
def shop(padaria: Tenant, sol: Program) -> Sol:
    return Sol(padaria, sol)


def code(answer: HttpResponse) -> tuple[int, str]:
    said = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, said["code"]


@pytest.mark.rule("PKG-8")
@pytest.mark.rule("PKG-5", part="campaign")
def test_a_campaign_from_hold_to_close(lane: FastLane, shop: Sol) -> None:
    answer = shop.hold()
    assert answer.status_code == 201
    held = answer.json()
    price = held["lines"][0]["price_micro"]
    assert price > 0
    assert (held["id"], held["contract"], held["state"], held["replayed"]) == (
        "easter",
        contract_id(shop.tenant),
        "open",
        False,
    )
    assert (held["total_micro"], held["held_micro"], held["drawn_micro"]) == (100 * price, 100 * price, 0)
    assert held["left_micro"] == shop.balance().ceiling_micro - 100 * price
    expires, began = datetime.fromisoformat(held["expires_at"]), datetime.fromisoformat(held["held_at"])
    assert expires == began + DAY

    for one in (shop.ended("1"), shop.ended("2", "rejected")):
        assert lane.post("/v1/campaign-settlements", one).json["status"] == "settled"
    found = shop.campaign()
    assert found["lines"] == [
        {
            **WHATSAPP,
            "price_micro": price,
            "units": 1,
            "count": 100,
            "sent": 1,
            "rejected": 1,
            "saved_micro": 0,
            "left": 99,
        }
    ]
    assert (found["held_micro"], found["drawn_micro"], found["released_micro"]) == (99 * price, price, 0)

    closed = shop.it.post(f"{shop.at}/campaigns/easter/close")
    assert closed.status_code == 200
    ended = closed.json()
    assert (ended["state"], ended["held_micro"], ended["drawn_micro"]) == ("closed", 0, price)
    assert (ended["released_micro"], ended["lines"][0]["left"]) == (99 * price, 0)
    assert ended["ended_at"] is not None
    again = shop.it.post(f"{shop.at}/campaigns/easter/cancel").json()
    assert again == ended  # it stays as it ended
    assert (shop.balance().held_micro, shop.balance().used_micro) == (0, price)
    assert check_books() == []


@pytest.mark.rule("PKG-9")
def test_the_same_id_gets_the_first_answer_and_with_other_lines_a_refusal(shop: Sol) -> None:
    first = shop.hold().json()
    shop.hold("other", line(WHATSAPP, 1))
    again = shop.hold()
    assert again.status_code == 200
    assert again.json() == first | {"replayed": True}
    assert code(shop.hold("easter", line(WHATSAPP, 99))) == (409, "id_reused")
    assert shop.balance().held_micro == 101 * first["lines"][0]["price_micro"]


@pytest.mark.rule("PKG-5", "PKG-6", "API-3")
def test_a_campaign_that_is_too_big_is_told_how_many_sends_would_fit(shop: Sol) -> None:
    estimate = shop.it.post(f"{shop.at}/campaign-estimates", {"lines": [line(WHATSAPP, 1)]}).json()
    price, room = estimate["lines"][0]["price_micro"], estimate["room_micro"]
    answer = shop.hold("huge", line(WHATSAPP, 1_000_000))
    assert code(answer) == (402, "metering.campaign_does_not_fit")
    said = answer.json()
    assert (said["asked"], said["fit"], said["fits"]) == (1_000_000, room // price, [room // price])
    assert said["room_micro"] == room
    assert str(room // price) in said["detail"]
    assert shop.hold("fits", line(WHATSAPP, room // price)).status_code == 201
    assert code(shop.it.get(f"{shop.at}/campaigns/huge")) == (404, "no_campaign")


@pytest.mark.rule("LIM-1")
@pytest.mark.rule("PKG-11", part="cost")
@pytest.mark.rule("PKG-11", part="holds nothing")
def test_an_estimate_says_the_parts_and_holds_nothing(shop: Sol) -> None:
    lines = [line(WHATSAPP, 150), line(SMS, 500)]
    answer = shop.it.post(f"{shop.at}/campaign-estimates", {"lines": lines})
    assert answer.status_code == 200
    found = answer.json()
    amounts = [part["count"] * part["price_micro"] for part in found["lines"]]
    assert [part["amount_micro"] for part in found["lines"]] == amounts
    assert found["amount_micro"] == sum(amounts)
    value = shop.balance().value_micro
    assert (found["package_micro"], found["overage_micro"]) == (
        min(sum(amounts), value),
        max(sum(amounts) - value, 0),
    )
    assert (found["currency"], found["holdable"], found["blocked"]) == ("BRL", True, False)
    assert found["left_micro"] == found["room_micro"] - sum(amounts)
    assert shop.balance().total_micro == 0
    assert shop.it.get(f"{shop.at}/campaigns").json()["items"] == []


@pytest.mark.rule("PKG-5")
def test_an_open_campaign_is_extended_up_to_seven_days_and_never_made_shorter(shop: Sol) -> None:
    began = datetime.fromisoformat(shop.hold().json()["held_at"])
    at = f"{shop.at}/campaigns/easter/extensions"
    longer = shop.it.post(at, {"until": (began + 7 * DAY).isoformat()})
    assert longer.status_code == 200
    assert datetime.fromisoformat(longer.json()["expires_at"]) == began + 7 * DAY
    shorter = shop.it.post(at, {"until": began.isoformat()}).json()
    assert datetime.fromisoformat(shorter["expires_at"]) == began + 7 * DAY
    beyond = shop.it.post(at, {"until": (began + 8 * DAY).isoformat()})
    assert code(beyond) == (422, "metering.campaign_too_long")
    assert beyond.json()["detail"] == (
        f"The campaign cannot be extended beyond {beyond.json()['latest'][:19]}Z."  # a moment, not its parts
    )
    shop.it.post(f"{shop.at}/campaigns/easter/cancel")
    assert shop.campaign()["state"] == "cancelled"
    assert code(shop.it.post(at, {"until": began.isoformat()})) == (409, "campaign_ended")


@pytest.mark.rule("API-5")
def test_campaigns_are_listed_newest_first_by_cursor(shop: Sol) -> None:
    for n in range(5):
        assert shop.hold(f"c{n}", line(WHATSAPP, 1)).status_code == 201
    seen, cursor = [], {}
    while True:
        answer = shop.it.get(f"{shop.at}/campaigns", limit=2, **cursor).json()
        seen += [item["id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = {"cursor": answer["next_cursor"]}
    assert seen == ["c4", "c3", "c2", "c1", "c0"]
    for junk in ("k", "a" * 34, "a" + "_" * 33):
        assert code(shop.it.get(f"{shop.at}/campaigns", cursor=junk)) == (422, "bad_cursor")


WRONG: list[tuple[Any, Any]] = [
    ("easter", [line(WHATSAPP, 0)]),
    ("easter", [line(WHATSAPP, -1)]),
    ("easter", [line(WHATSAPP, 2**62)]),
    ("easter", [line(WHATSAPP, 10**30)]),
    ("easter", [line(WHATSAPP, 1.5)]),
    ("easter", [line(WHATSAPP, "1")]),
    ("easter", [line(WHATSAPP, True)]),
    ("easter", [line(WHATSAPP, None)]),
    ("easter", [line(WHATSAPP | {"country": "BRA"}, 1)]),
    ("easter", [line(WHATSAPP | {"channel": "what\0sapp"}, 1)]),
    ("easter", [line(WHATSAPP | {"more": "x"}, 1)]),
    ("easter", []),
    ("easter", [line(WHATSAPP, 1)] * 201),
    ("easter", [line(WHATSAPP, 1)] * 2),  # one route twice
    ("easter", "lines"),
    ("", [line(WHATSAPP, 1)]),
    ("x" * 1_000_000, [line(WHATSAPP, 1)]),
    ("a/b", [line(WHATSAPP, 1)]),
    ("..", [line(WHATSAPP, 1)]),
    ("a\0", [line(WHATSAPP, 1)]),
    (7, [line(WHATSAPP, 1)]),
    (None, [line(WHATSAPP, 1)]),
]


@pytest.mark.rule("API-3", "PKG-5")
@pytest.mark.parametrize(("name", "lines"), WRONG, ids=[f"{str(w)[:12]} {str(v)[:80]}" for w, v in WRONG])
def test_what_can_be_no_campaign_is_told_why_and_holds_nothing(shop: Sol, name: Any, lines: Any) -> None:
    answer = shop.it.post(f"{shop.at}/campaigns", {"id": name, "lines": lines})
    assert answer.status_code == 422
    assert answer.json()["code"] in ("invalid", "metering.campaign_malformed")
    assert shop.balance().total_micro == 0


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(
    "until", ["10000-01-01T00:00:00Z", "2026-06-01T12:00:00", "yesterday", 1_780_000_000, None]
)
def test_no_campaign_lasts_until_an_impossible_moment(shop: Sol, until: Any) -> None:
    before = shop.hold().json()["expires_at"]
    assert code(shop.it.post(f"{shop.at}/campaigns/easter/extensions", {"until": until})) == (422, "invalid")
    assert shop.campaign()["expires_at"] == before


@pytest.mark.rule("PKG-6", "API-3")
def test_prices_that_overflow_are_refused_and_not_counted(shop: Sol) -> None:
    for route in Route.objects.filter(channel_id__in=("whatsapp", "sms"), country="BR"):
        SessionPrice.objects.create(
            package_id=shop.tenant.contract.package_id,
            route=route,
            valid_from=clock.now(),
            price_micro=2**62,
        )
    lines = [line(WHATSAPP, 10**9), line(SMS, 10**9)]
    answer = shop.hold("overflow", *lines)
    assert code(answer) == (402, "metering.campaign_does_not_fit")
    assert answer.json()["fit"] == 0
    estimate = shop.it.post(f"{shop.at}/campaign-estimates", {"lines": lines})
    assert code(estimate) == (422, "metering.campaign_beyond_counting")
    assert shop.balance().total_micro == 0
    assert shop.balance().blocked_at is None


def test_what_has_no_price_is_named_by_its_line(shop: Sol) -> None:
    nowhere = line(SMS | {"country": "ZZ"}, 1)
    answer = shop.hold("easter", line(WHATSAPP, 1), nowhere)
    assert code(answer) == (409, "no_price")
    assert answer.json()["lines"] == [1]
    assert shop.balance().total_micro == 0


@pytest.mark.rule("ACC-2")
def test_another_customers_campaign_does_not_exist(lane: FastLane, shop: Sol, luna: Tenant) -> None:
    shop.hold()
    diego = program(luna.customer_id)
    own = f"/contracts/{contract_id(luna)}"
    for at in (shop.at, own):
        for path in ("", "/close", "/cancel", "/extensions"):
            where = f"{at}/campaigns/easter{path}"
            body = {"until": clock.now().isoformat()} if path == "/extensions" else b""
            answer = diego.post(where, body) if path else diego.get(where)
            expected = "no_campaign" if at == own else "no_contract"
            assert code(answer) == (404, expected)
    assert code(diego.post(f"{shop.at}/campaigns", {"id": "hers", "lines": [line(WHATSAPP, 1)]})) == (
        404,
        "no_contract",
    )
    lane.key = diego.key
    assert lane.post("/v1/campaign-settlements", shop.ended("1")).json["code"] == "no_contract"
    assert shop.campaign()["state"] == "open"
    assert shop.campaign()["lines"][0]["sent"] == 0


@pytest.mark.rule("ACC-2")
@pytest.mark.parametrize("name", ["nobody", "x" * 500, "a b", "%00", ".", "ção"])
def test_a_name_that_nobody_gave_is_not_found(shop: Sol, name: str) -> None:
    answer = shop.it.get(f"{shop.at}/campaigns/{name}")
    assert answer.status_code == 404


def test_a_uuid_is_an_id_like_any_other(shop: Sol) -> None:
    own = str(uuid7())
    assert shop.hold(own).json()["id"] == own
    assert shop.hold("Ostern 2026 — 50 %").status_code == 201
    assert shop.campaign(own)["id"] == own
    assert shop.campaign("Ostern 2026 — 50 %")["state"] == "open"


@pytest.mark.rule("ACC-4")
def test_reading_needs_read_or_meter_and_holding_needs_meter(shop: Sol) -> None:
    shop.hold()
    reader = program(shop.tenant.customer_id, "read")
    assert reader.get(f"{shop.at}/campaigns/easter").status_code == 200
    assert reader.get(f"{shop.at}/campaigns").status_code == 200
    refused = reader.post(f"{shop.at}/campaigns", {"id": "r", "lines": [line(WHATSAPP, 1)]})
    assert code(refused) == (403, "scope_missing")
