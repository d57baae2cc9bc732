"""Writes that cost money are done once for each Idempotency-Key (API-2)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from abono.domain.invoicing.models import Invoice
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.flows.changes import accept
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program, quoted
from tests.fakes import FakeGateway
from tests.world import Tenant, load_catalog, make_padaria

THREADS = 8


@pytest.mark.rule("API-2")
def test_a_write_without_a_key_is_refused_and_nothing_is_done(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    charged = len(gateway.calls)
    path = quoted(sol, padaria)
    answer = sol.post(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key_missing")
    for key in ("x" * 256, "a b", "é", "a\x00"):
        answer = sol.post(path, once=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert answer.json()["errors"][0]["where"] == "header.Idempotency-Key"
    assert len(gateway.calls) == charged


@pytest.mark.rule("API-2")
def test_the_same_request_is_answered_alike_and_charged_once(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    path = quoted(sol, padaria)
    first = sol.post(path, once="one")
    charged = len(gateway.calls)
    again = sol.post(path, once="one")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(gateway.calls) == charged

    other = sol.post(path, {"package": "brl-500"}, once="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert padaria.contract.package_code == "brl-250"


@pytest.mark.rule("API-2")
def test_a_refusal_is_answered_alike_also_when_it_would_go_well_by_now(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    path = quoted(sol, padaria)
    PaymentMethod.objects.update(token="decline:balance|1")
    first = sol.post(path, once="one")
    assert first.status_code == 402
    PaymentMethod.objects.update(token="ok|1")
    again = sol.post(path, once="one")
    assert (again.status_code, again.content) == (402, first.content)
    assert again.headers["Content-Type"] == "application/problem+json"
    assert sol.post(path, once="two").status_code == 200


@pytest.mark.rule("API-2", "API-3")
def test_a_mistake_of_ours_is_answered_alike_too(
    sol: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = quoted(sol, padaria)
    with monkeypatch.context() as patch:
        patch.setattr(accept, "accept_change", lambda **_: 1 / 0)
        first = sol.post(path, once="one")
    assert first.status_code == 500
    assert sol.post(path, once="one").json()["incident"] == first.json()["incident"]


@pytest.mark.rule("API-2", "ACC-2")
def test_the_key_of_another_program_is_another_key(padaria: Tenant, gateway: FakeGateway) -> None:
    theirs = program(padaria.customer_id)
    path = quoted(theirs, padaria)
    assert theirs.post(path, once="one").status_code == 200
    answer = program(None).post(
        f"/contracts/{contract_id(padaria)}/changes", {"package": "brl-250"}, once="one"
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "contracts.nothing_changes")


@pytest.mark.rule("API-2", "PAY-7")
@pytest.mark.parametrize("keys", [["one"] * THREADS, [f"key-{n}" for n in range(THREADS)]])
def test_eight_at_once_are_one_charge(transactional_db: None, gateway: FakeGateway, keys: list[str]) -> None:
    """With one key the others wait or hear the first answer; with a key each, the tables hold it (PAY-7)."""
    load_catalog()
    padaria = make_padaria(now=clock.now())
    it = program(padaria.customer_id)
    path = quoted(it, padaria)
    start = Barrier(THREADS)

    def send(key: str) -> tuple[int, str]:
        start.wait()
        try:
            answer = it.post(path, once=key)
            return answer.status_code, answer.json().get("code", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        told = Counter(pool.map(send, keys))

    assert told[200, ""] >= 1
    others = {
        "one": {(200, ""), (409, "idempotency.in_progress")},
        "key-0": {(200, ""), (202, "")},
    }[keys[0]]
    assert set(told) <= others, told
    assert sorted(gateway.book.values()) == [150_00, 1_349_00]
    assert Attempt.objects.filter(state="paid").count() == 2
    assert Invoice.objects.filter(number__isnull=False).count() == 2
    assert padaria.contract.package_code == "brl-250"
    if keys[0] == "one":
        assert it.post(path, once="one").status_code == 200
