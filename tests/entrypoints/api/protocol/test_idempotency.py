"""Writes that cost money are done once for each Idempotency-Key (API-2)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from abono.domain.invoicing.models import Invoice
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.entrypoints.api.contracts import package_raises
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.fakes import FakeGateway
from tests.world import Tenant, load_catalog, make_padaria

BODY = {"package": "brl-250", "today_minor": 150_00}
THREADS = 8


@pytest.mark.rule("API-2")
def test_a_write_without_a_key_is_refused_and_nothing_is_done(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    charged = len(gateway.calls)
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    answer = sol.post(path, BODY)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key_missing")
    for key in ("x" * 256, "a b", "é", "a\x00"):
        answer = sol.post(path, BODY, once=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert answer.json()["errors"][0]["where"] == "header.Idempotency-Key"
    assert len(gateway.calls) == charged


@pytest.mark.rule("API-2")
def test_the_same_request_is_answered_alike_and_charged_once(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    first = sol.post(path, BODY, once="one")
    charged = len(gateway.calls)
    again = sol.post(path, BODY, once="one")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(gateway.calls) == charged

    other = sol.post(path, {"package": "brl-500", "today_minor": 400_00}, once="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert padaria.contract.package_code == "brl-250"


@pytest.mark.rule("API-2")
def test_a_refusal_is_answered_alike_also_when_it_would_go_well_by_now(
    sol: Program, padaria: Tenant, gateway: FakeGateway
) -> None:
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    PaymentMethod.objects.update(token="decline:balance|1")
    first = sol.post(path, BODY, once="one")
    assert first.status_code == 402
    PaymentMethod.objects.update(token="ok|1")
    again = sol.post(path, BODY, once="one")
    assert (again.status_code, again.content) == (402, first.content)
    assert again.headers["Content-Type"] == "application/problem+json"
    assert sol.post(path, BODY, once="two").status_code == 201


@pytest.mark.rule("API-2", "API-3")
def test_a_mistake_of_ours_is_answered_alike_too(
    sol: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    with monkeypatch.context() as patch:
        patch.setattr(package_raises, "raise_package", lambda **_: 1 / 0)
        first = sol.post(path, BODY, once="one")
    assert first.status_code == 500
    assert sol.post(path, BODY, once="one").json()["incident"] == first.json()["incident"]


@pytest.mark.rule("API-2", "ACC-2")
def test_the_key_of_another_program_is_another_key(padaria: Tenant, gateway: FakeGateway) -> None:
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    assert program(padaria.customer_id).post(path, BODY, once="one").status_code == 201
    answer = program(None).post(path, BODY, once="one")
    assert (answer.status_code, answer.json()["code"]) == (422, "contracts.not_a_higher_package")


@pytest.mark.rule("API-2", "PAY-7")
@pytest.mark.parametrize("keys", [["one"] * THREADS, [f"key-{n}" for n in range(THREADS)]])
def test_eight_at_once_are_one_charge(transactional_db: None, gateway: FakeGateway, keys: list[str]) -> None:
    """With one key the others wait or hear the first answer; with a key each, the tables hold it (PAY-7)."""
    load_catalog()
    padaria = make_padaria(now=clock.now())
    it = program(padaria.customer_id)
    path = f"/contracts/{contract_id(padaria)}/package-raises"
    start = Barrier(THREADS)

    def send(key: str) -> tuple[int, str]:
        start.wait()
        try:
            answer = it.post(path, BODY, once=key)
            return answer.status_code, answer.json().get("code", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        told = Counter(pool.map(send, keys))

    assert told[201, ""] >= 1
    others = {
        "one": {(201, ""), (409, "idempotency.in_progress")},
        "key-0": {
            (201, ""),
            (409, "payments.under_way"),
            (422, "contracts.not_a_higher_package"),
        },
    }[keys[0]]
    assert set(told) <= others, told
    assert sorted(gateway.book.values()) == [150_00, 1_349_00]
    assert Attempt.objects.filter(state="paid").count() == 2
    assert Invoice.objects.filter(number__isnull=False).count() == 2
    assert padaria.contract.package_code == "brl-250"
    if keys[0] == "one":
        assert it.post(path, BODY, once="one").status_code == 201
