"""Every send of a cycle by cursor (API-1, API-5), with the filters of the page."""

from __future__ import annotations

import pytest

from abono.domain.metering.types import Outcome
from abono.kernel.ids import public, uuid7
from abono.kernel.periods import local_date
from tests.entrypoints.api.conftest import program
from tests.world import DAY, HOUR, hold, settle, use

ZONE = "America/Sao_Paulo"


@pytest.fixture
def used(padaria):
    """181 WhatsApp, of which the last is partly beyond the package; 3 SMS: sent, rejected, open."""
    at = padaria.contract.cycle_start + DAY
    use(padaria.contract_id, 182, at=at)
    ids, _answers = hold(padaria.contract_id, count=3, channel="sms", kind="message", at=at + DAY)
    settle(padaria.contract_id, ids[:1], at=at + DAY + HOUR)
    settle(padaria.contract_id, ids[1:2], outcome=Outcome.REJECTED, at=at + DAY + HOUR)
    return padaria


def every(api, path, **query):
    """All pages; each is bounded."""
    found, cursor = [], None
    while True:
        page = api.get(path, **query, **({"cursor": cursor} if cursor else {})).json()
        assert len(page["items"]) <= int(query.get("limit", 50))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.rule("API-1", "API-5", "FIN-5")
def test_sends_come_page_by_page_with_their_parts(used):
    api = program(used.customer_id)
    path = f"/contracts/{public('ctr', used.contract_id)}/sends"
    found = every(api, path, limit="60")
    assert len({send["id"] for send in found}) == len(found) == 185
    last = found[181]
    assert (last["price_micro"], last["package_micro"], last["overage_micro"]) == (550_000, 450_000, 100_000)
    assert (last["channel"], last["kind"], last["country"], last["outcome"]) == (
        "whatsapp",
        "company",
        "BR",
        "sent",
    )
    assert [send["outcome"] for send in found[182:]] == ["sent", "rejected", None]
    assert found[184]["settled_at"] is None


@pytest.mark.rule("API-5")
def test_sends_can_be_narrowed_as_on_the_page(used):
    api = program(used.customer_id)
    path = f"/contracts/{public('ctr', used.contract_id)}/sends"
    start = used.contract.cycle_start
    day = local_date(start, ZONE).isoformat()
    assert len(every(api, path, channel="sms", cycle=day)) == 3
    second = (start + 2 * DAY).isoformat()
    assert len(every(api, path, since=second)) == 3
    assert len(every(api, path, until=second, channel="sms")) == 0
    assert api.get(path, cycle="2001-01-01").status_code == 404
    following = local_date(used.contract.cycle_end, ZONE).isoformat()
    assert api.get(path, cycle=following).status_code == 404
    for wrong in ({"since": "2026-01-01"}, {"channel": "a b"}, {"limit": "0"}, {"cursor": "x"}):
        assert api.get(path, **wrong).status_code == 422, wrong


@pytest.mark.rule("ACC-2")
def test_sends_of_another_customer_do_not_exist(used, luna):
    stranger = program(luna.customer_id)
    for contract in (used.contract_id, uuid7()):
        assert stranger.get(f"/contracts/{public('ctr', contract)}/sends").status_code == 404
