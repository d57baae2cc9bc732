"""What the API tells: the catalog, contracts, cycles, invoices, events; lists by cursor (API-1, API-5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from abono.domain.customers import actions as customers
from abono.domain.invoicing.models import Invoice
from abono.flows.due_work import run_due_work
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.world import HOUR, Tenant, make_padaria, sign, use

UUID_LIKE = r"[0-9a-f]{8}-[0-9a-f]{4}-"


@pytest.mark.rule("CAT-7", "CAT-4", "API-1")
def test_the_catalog_says_what_the_price_page_says(sol: Program) -> None:
    said = sol.get("/catalog", currency="BRL", country="BR").json()
    assert [plan["code"] for plan in said["plans"]] == [
        "starter",
        "specialist",
        "expert",
        "professional",
        "enterprise",
    ]
    specialist = said["plans"][1]
    assert (specialist["price_minor"], specialist["included_credits"]) == (600_00, 500)
    assert said["plans"][4]["price_minor"] is None  # Enterprise: on request
    assert [package["value_minor"] for package in said["packages"]] == [
        100_00,
        250_00,
        500_00,
        1_000_00,
        2_000_00,
    ]
    [sms] = [row for row in said["sessions"] if (row["channel"], row["kind"]) == ("sms", "message")]
    # R$ 250 at 0.085 allows ceil(250 / 0.085) = ceil(2941.17…) = 2,942 SMS
    assert sms["prices"][1] == {"package": "brl-250", "price_micro": 85_000, "volume": 2_942}
    assert sol.get("/catalog", currency="USD").json()["currencies"] == ["BRL", "USD"]


@pytest.mark.rule("SEE-1", "API-1")
def test_a_contract_says_what_the_plans_page_says(sol: Program, padaria: Tenant) -> None:
    said = sol.get(f"/contracts/{contract_id(padaria)}").json()
    info = padaria.contract
    assert said["number"] == info.number
    assert said["state"] == "active"
    assert said["plan"]["code"] == "specialist"
    assert said["package"] == {
        "id": public("pkg", info.package_id),
        "code": "brl-100",
        "value_minor": 100_00,
    }
    assert said["adhesion_date"] == str(info.adhesion_date)
    assert said["cycle"]["number"] == 0
    assert said["limit_percent"] == 100
    assert sol.get("/contracts").json() == {"items": [said], "next_cursor": None}


@pytest.mark.rule("SEE-3")
def test_a_contract_that_is_not_paid_yet_is_pending_and_has_no_dates(padaria: Tenant) -> None:
    waiting = sign(card="lost", now=clock.now())
    said = program(waiting.customer_id).get("/contracts").json()["items"][0]
    assert (said["state"], said["cycle"], said["adhesion_date"]) == ("pending", None, None)
    path = f"/contracts/{said['id']}"
    it = program(waiting.customer_id)
    assert it.get(f"{path}/cycles").json() == {"items": [], "next_cursor": None}
    assert it.get(f"{path}/next-invoice").json()["code"] == "contracts.not_running"


def walk(it: Program, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    items, cursor = [], {}
    for _ in range(100):
        said = it.get(path, **query, **cursor).json()
        items += said["items"]
        if said["next_cursor"] is None:
            return items
        assert len(said["items"]) == query["limit"]
        cursor = {"cursor": said["next_cursor"]}
    raise AssertionError("the list does not end")


@pytest.mark.rule("API-5", part="cursor, bounded")
@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_a_list_is_walked_by_cursor_and_loses_nothing(
    seller: Program, padaria: Tenant, luna: Tenant, limit: int
) -> None:
    make_padaria(now=clock.now())
    for path in ("/contracts", "/invoices", "/events"):
        ids = [item["id"] for item in walk(seller, path, limit=limit)]
        assert len(ids) == len(set(ids)) >= 3
        assert ids == sorted(ids, reverse=True)  # newest first


@pytest.mark.rule("API-5")
def test_a_cursor_of_one_list_is_none_of_another(seller: Program, padaria: Tenant, luna: Tenant) -> None:
    cursor = seller.get("/contracts", limit=1).json()["next_cursor"]
    for path in ("/invoices", "/events", f"/contracts/{contract_id(padaria)}/cycles"):
        answer = seller.get(path, cursor=cursor)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
    for wrong in (cursor[:-1], cursor + "A", "A", "_" * 40):
        assert seller.get("/contracts", cursor=wrong).json()["code"] == "bad_cursor"
    for wrong in (cursor + "=", "ção", "", "A" * 61):
        assert seller.get("/contracts", cursor=wrong).json()["code"] == "invalid"


@pytest.mark.rule("FIN-2")
@pytest.mark.rule("API-5", part="filters")
def test_lists_are_filtered_by_the_fields_that_pages_filter_by(
    seller: Program, padaria: Tenant, luna: Tenant
) -> None:
    number = padaria.contract.number
    assert [c["number"] for c in seller.get("/contracts", number=number).json()["items"]] == [number]
    assert seller.get("/contracts", state="ended").json()["items"] == []
    assert len(seller.get("/contracts", state="active").json()["items"]) == 2
    of_luna = seller.get("/contracts", customer=public("cus", luna.customer_id)).json()["items"]
    assert [c["id"] for c in of_luna] == [contract_id(luna)]

    def invoices(**query: str) -> int:
        return len(seller.get("/invoices", **query).json()["items"])

    assert invoices() == 2
    assert invoices(contract=contract_id(padaria)) == 1
    assert invoices(customer=public("cus", luna.customer_id)) == 1
    assert (invoices(state="paid"), invoices(state="pending")) == (2, 0)
    assert (invoices(fiscal_type="sva"), invoices(fiscal_type="licensing")) == (2, 2)
    assert invoices(since=(clock.now() + HOUR).isoformat()) == 0
    assert invoices(since=(clock.now() - HOUR).isoformat()) == 2


@pytest.mark.rule("API-5", part="filters")
def test_events_are_filtered_by_name_by_what_they_are_about_and_by_time(
    seller: Program, padaria: Tenant, luna: Tenant
) -> None:
    def events(**query: str) -> list[dict[str, Any]]:
        answer = seller.get("/events", **query)
        assert answer.status_code == 200, answer.content
        return answer.json()["items"]

    activated = events(name="contract.activated")
    assert {one["subject"]["id"] for one in activated} == {contract_id(padaria), contract_id(luna)}
    about = events(subject=contract_id(padaria))
    assert {one["subject"]["id"] for one in about} == {contract_id(padaria)}
    assert {"contract.activated"} < {one["name"] for one in about}
    now = clock.now()
    assert events(since=(now + HOUR).isoformat()) == events(until=(now - HOUR).isoformat()) == []
    assert len(events(since=(now - HOUR).isoformat(), until=(now + HOUR).isoformat())) == len(events())
    assert events(name="contract.activated", subject=public("cus", luna.customer_id)) == []
    for wrong in ({"name": "contract"}, {"subject": "ctr_1"}, {"subject": ""}, {"since": "yesterday"}):
        assert seller.get("/events", **wrong).status_code == 422, wrong


@pytest.mark.rule("LIM-3", part="event for the seller")
def test_events_of_use_are_listed_and_found_by_their_names(seller: Program, padaria: Tenant) -> None:
    use(padaria.contract_id, 363, at=clock.now())  # 199.65 of 100.00 and the limit of 200.00
    use(padaria.contract_id, 1, at=clock.now())
    tell_thresholds()
    names = [event["name"] for event in seller.get("/events", limit=200).json()["items"]]
    told = {"sending.package_80", "sending.package_100", "sending.limit_90", "sending.blocked"}
    assert told < set(names)
    for name in told:
        [event] = seller.get("/events", name=name).json()["items"]
        assert event["subject"]["id"] == contract_id(padaria)


@pytest.mark.rule("FIN-1", "API-1")
def test_an_invoice_comes_with_its_lines_and_its_document(sol: Program, padaria: Tenant) -> None:
    [listed] = sol.get("/invoices").json()["items"]
    said = sol.get(f"/invoices/{listed['id']}").json()
    assert {name: said[name] for name in listed} == listed
    # 600.00 for the plan + 100.00 for the package + 649.00 to activate, once.
    assert [line["amount_minor"] for line in said["lines"]] == [600_00, 100_00, 649_00]
    assert (said["total_minor"], said["currency"], said["state"]) == (1_349_00, "BRL", "paid")
    assert said["fiscal_types"] == ["licensing", "sva"]
    document = sol.get(f"/invoices/{listed['id']}/pdf")
    assert document.content.startswith(b"%PDF-")
    assert document.headers["Content-Type"] == "application/pdf"
    assert listed["number"] in document.headers["Content-Disposition"]


@pytest.mark.rule("INV-5")
def test_a_draft_is_nobodys_business_and_an_overdue_invoice_says_so(sol: Program, padaria: Tenant) -> None:
    Invoice.objects.update(customer_id=padaria.customer_id)
    draft = Invoice.objects.create(
        customer_id=padaria.customer_id,
        contract_id=padaria.contract_id,
        reason="interim",
        key="interim:9:1",
        series="A",
        currency="BRL",
        total_minor=5,
        buyer={"legal_name": "x", "tax_id": "y", "country": "BR"},
        created_at=clock.now(),
    )
    assert len(sol.get("/invoices").json()["items"]) == 1
    for path in ("", "/pdf"):
        assert sol.get(f"/invoices/{draft.public_id}{path}").status_code == 404
    assert sol.post(f"/invoices/{draft.public_id}/payments", once="k").status_code == 404
    yesterday = local_date(clock.now() - timedelta(days=1), "America/Sao_Paulo")
    Invoice.objects.filter(id=draft.id).update(
        state="pending", number=77, issued_at=clock.now(), due_date=yesterday
    )
    said = sol.get("/invoices", state="pending").json()["items"][0]
    assert [one["id"] for one in sol.get("/invoices", overdue="true").json()["items"]] == [said["id"]]
    assert said["id"] not in [one["id"] for one in sol.get("/invoices", overdue="false").json()["items"]]
    assert (said["number"], said["overdue"]) == ("A-000077", True)


@pytest.mark.rule("FIN-5", "SEE-4", "API-1")
def test_each_cycle_says_what_was_allowed_and_used(db: None, gateway: object) -> None:
    from tests.world import load_catalog

    load_catalog()
    start = clock.now()
    padaria = make_padaria(now=start, sandbox=True)
    use(padaria.contract_id, 10, at=start)  # 10 × 0.55
    customers.set_clock(
        customer_id=padaria.customer_id, real=clock.now(), to=start + timedelta(days=62), actor="test"
    )
    run_due_work(now=start + timedelta(days=62), customer_id=padaria.customer_id)
    it = program(padaria.customer_id)
    path = f"/contracts/{contract_id(padaria)}/cycles"

    cycles = walk(it, path, limit=1)
    assert len(cycles) == 3  # the third has just begun; the one after it is not told of
    assert [cycle["end"] for cycle in cycles[1:]] == [cycle["start"] for cycle in cycles[:-1]]
    first = cycles[-1]
    assert (first["value_micro"], first["used_micro"], first["unused_micro"]) == (
        100_000_000,
        5_500_000,
        94_500_000,
    )
    assert (first["ceiling_micro"], first["package"]) == (200_000_000, "brl-100")
    assert cycles[0]["used_micro"] == 0

    whole = it.get(f"{path}/{first['day']}").json()
    assert whole["cycle"] == first
    [route] = whole["routes"]
    assert (route["channel"], route["kind"], route["country"], route["sent"]) == (
        "whatsapp",
        "company",
        "BR",
        10,
    )
    assert sum(route["sent_micro"] for route in whole["routes"]) == first["used_micro"]
    assert it.get(f"{path}/1999-01-01").json()["code"] == "no_cycle"
    assert it.get(f"{path}/today").json()["code"] == "invalid"

    coming = it.get(f"/contracts/{contract_id(padaria)}/next-invoice").json()
    assert (coming["total_minor"], [line["kind"] for line in coming["lines"]]) == (
        700_00,
        ["plan", "package"],
    )
    assert coming["issued_at"] == cycles[0]["end"]


@pytest.mark.rule("API-1", "LNG-1")
def test_names_are_in_the_language_asked_for(padaria: Tenant) -> None:
    key = program(padaria.customer_id).key
    labels = {
        language: Program(key, language).get("/catalog", currency="BRL").json()["functions"]
        for language in ("es", "pt-br", "en")
    }
    assert labels["es"] != labels["pt-br"] != labels["en"]


@pytest.mark.rule("ACC-2")
def test_events_tell_what_happened_and_no_key_of_the_database(sol: Program, padaria: Tenant) -> None:
    import re

    answer = sol.get("/events", limit=200)
    events = answer.json()["items"]
    names = [event["name"] for event in events]
    assert {"contract.activated", "invoice.issued", "invoice.paid", "card.saved"} <= set(names)
    assert {event["customer"] for event in events} == {public("cus", padaria.customer_id)}
    activated = events[names.index("contract.activated")]
    assert activated["subject"] == {"type": "contract", "id": contract_id(padaria)}
    assert activated["actor"].startswith("order:sig_")
    assert not re.search(UUID_LIKE, answer.content.decode())
