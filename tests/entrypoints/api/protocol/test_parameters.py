"""Whatever a list is asked with that it cannot use is refused: what, where, and how to mend it (API-5, API-3)."""

from __future__ import annotations

import re
from itertools import product

import pytest
from django.conf import LazySettings

from abono.domain.coupons import queries as coupons
from abono.entrypoints.meter.app import HOT_PREFIXES
from abono.entrypoints.words.mistakes import OTHERWISE
from abono.kernel.periods import boundary_day
from abono.platform import clock
from tests.entrypoints.api.conftest import DOCUMENT, Program, contract_id
from tests.stories import made_coupon
from tests.world import Tenant

ASKED = {
    path: [one for one in methods["get"]["parameters"] if one["in"] == "query"]
    for path, methods in DOCUMENT["paths"].items()
    if "get" in methods and path.startswith("/v1/") and not path.startswith(HOT_PREFIXES)
}
LISTS = [path for path, parameters in ASKED.items() if any(one["name"] == "cursor" for one in parameters)]
EACH = [(path, one) for path, parameters in ASKED.items() for one in parameters]
WRONG = ("", "no such thing", "-1", "x" * 300, "2026-13-45", "\N{SNOWMAN}")


def address(path: str, tenant: Tenant) -> str:
    """With an id of ours where one stands; else one that nobody has."""
    if "{coupon_id}" in path:
        [coupon] = coupons.newest() or [made_coupon()]
        path = path.replace("{coupon_id}", coupon.public_id)
    if "{day}" in path:
        start = tenant.contract.cycle_start
        assert start is not None
        path = path.replace("{day}", boundary_day(start, "America/Sao_Paulo").isoformat())
    return path.removeprefix("/v1").replace("{contract_id}", contract_id(tenant))


def needed(path: str) -> dict[str, str]:
    """What the address cannot do without, as it should be."""
    known = {
        "currency": "BRL",
        "package": "brl-250",
        "plan": "specialist",
        "lines": "1:100",
        "at": clock.now().isoformat(),
    }
    return {one["name"]: known[one["name"]] for one in ASKED[path] if one["required"]}


@pytest.mark.rule("API-5", part="filters")
def test_a_parameter_that_nobody_knows_is_refused_with_those_that_there_are(
    seller: Program, padaria: Tenant
) -> None:
    for path in (path for path in ASKED if "_id}" not in path or "{contract_id}" in path):
        answer = seller.get(address(path, padaria), **needed(path), surprise="1")
        said = answer.json()
        assert (answer.status_code, said["code"]) == (422, "invalid"), (path, answer.content)
        [mistake] = said["errors"]
        assert mistake["where"] == "query.surprise", path
        assert all(one["name"] in mistake["message"] for one in ASKED[path]), path


@pytest.mark.rule("API-5", part="filters")
def test_a_parameter_that_is_not_of_its_form_is_refused_where_it_stands(
    seller: Program, padaria: Tenant, settings: LazySettings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    for (path, parameter), wrong in product(EACH, WRONG):
        name, shape = parameter["name"], str(parameter["schema"])
        asked = (path, name, wrong)
        answer = seller.get(address(path, padaria), **(needed(path) | {name: wrong}))
        said = answer.json()
        if "_[0-7]" in shape and name != "subject":  # an id: like one that nobody has (ACC-2)
            assert (answer.status_code, said["status"]) == (404, 404), (asked, said)
        elif said.get("code") == "invalid":
            [mistake] = said["errors"]
            assert (answer.status_code, mistake["where"]) == (422, f"query.{name}"), (asked, said)
            assert mistake["message"] != OTHERWISE, (asked, said)
        elif "{" in address(path, padaria):  # of the form, or looked at after what it is asked of
            assert answer.status_code == 404, (asked, said)
        elif name == "cursor":
            assert (answer.status_code, said["code"]) == (422, "bad_cursor"), (asked, said)
        else:  # it has the form of a code
            assert re.search(r"A-Za-z0-9\.?_-", shape), (asked, said)
            assert wrong in ("-1", "2026-13-45"), (asked, said)


@pytest.mark.rule("API-5", part="cursor, bounded")
def test_a_page_that_cannot_be_is_refused(seller: Program, padaria: Tenant) -> None:
    wrongs = (
        ("limit", "0", "Write 1 or more."),
        ("limit", "201", "Write 200 or less."),
        ("limit", "ten", "Write a whole number."),
        ("cursor", "what?", "This is not of the right form"),
    )
    for path, (name, wrong, mend) in product(LISTS, wrongs):
        [mistake] = seller.get(address(path, padaria), **{name: wrong}).json()["errors"]
        assert mistake["where"] == f"query.{name}", path
        assert mistake["message"].startswith(mend), path
    for path in LISTS:
        other = seller.get(address(path, padaria), cursor="YWJj")  # a cursor of no list
        assert (other.status_code, other.json()["code"]) == (422, "bad_cursor"), path


@pytest.mark.rule("API-5", part="filters")
def test_a_span_that_ends_before_it_begins_is_refused(seller: Program, padaria: Tenant) -> None:
    span = {"since": "2026-06-02T00:00:00Z", "until": "2026-06-01T00:00:00Z"}
    for path in (path for path in LISTS if any(one["name"] == "until" for one in ASKED[path])):
        [mistake] = seller.get(address(path, padaria), **span).json()["errors"]
        assert mistake == {"where": "query.until", "message": "Write a moment after “since”."}, path
        right = span | {"until": "2026-06-03T00:00:00Z"}
        assert seller.get(address(path, padaria), **right).status_code == 200, path


@pytest.mark.rule("API-5", part="filters")
def test_sends_of_a_channel_that_there_is_not_are_no_empty_list(sol: Program, padaria: Tenant) -> None:
    path = f"/contracts/{contract_id(padaria)}/sends"
    answer = sol.get(path, channel="telex")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_channel")
    assert sol.get(path, channel="sms").json()["items"] == []


@pytest.mark.rule("API-3", part="language")
def test_what_a_form_looks_like_is_shown(seller: Program) -> None:
    asked = Program(seller.key, "es").get("/catalog", currency="real")
    assert asked.json()["errors"] == [
        {"where": "query.currency", "message": "Esto no tiene la forma debida. Escríbelo como BRL."}
    ]
