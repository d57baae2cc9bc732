"""Keys: who gets in, with which scope, and until when (ACC-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.identity import actions as identity
from abono.domain.identity import keys
from abono.domain.identity.models import ApiKey
from abono.domain.invoicing.models import Invoice
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, issue, program
from tests.world import Tenant

SECOND = timedelta(seconds=1)


@pytest.mark.rule("ACC-4", "API-3")
def test_without_a_usable_key_nobody_gets_in(padaria: Tenant) -> None:
    gone_id, gone = issue(padaria.customer_id)
    identity.revoke_key(key_id=gone_id, actor="ana", now=clock.now())
    _id, expired = issue(padaria.customer_id, expires_at=clock.now() - SECOND)
    for key in ("", "abk_nobody", gone, expired, "abk_é", f"{gone} x"):
        answer = Program(key).get("/contracts")
        assert (answer.status_code, answer.json()["code"]) == (401, "no_usable_key")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.rule("ACC-4", part="revoked everywhere")
def test_a_key_is_of_use_until_the_moment_it_is_revoked(padaria: Tenant) -> None:
    key_id, text = issue(padaria.customer_id, expires_at=clock.now() + 60 * SECOND)
    assert Program(text).get("/contracts").status_code == 200
    identity.revoke_key(key_id=key_id, actor="ana", now=clock.now())
    assert Program(text).get("/contracts").status_code == 401


@pytest.mark.rule("ACC-4")
def test_the_last_use_of_a_key_is_known(padaria: Tenant) -> None:
    key_id, text = issue(padaria.customer_id)
    assert ApiKey.objects.get(id=key_id).last_used_at is None
    Program(text).get("/contracts")
    first = ApiKey.objects.get(id=key_id).last_used_at
    assert first is not None
    Program(text).get("/contracts")
    assert ApiKey.objects.get(id=key_id).last_used_at == first  # to the minute
    keys.used(text, address="192.0.2.1", now=first + 61 * SECOND)
    assert ApiKey.objects.get(id=key_id).last_used_at == first + 61 * SECOND


@pytest.mark.rule("ACC-1", "ACC-4")
def test_each_scope_opens_its_own_doors_and_no_other(padaria: Tenant) -> None:
    contract = contract_id(padaria)
    invoice = public("inv", Invoice.objects.get().id)
    reads = ["/contracts", f"/contracts/{contract}", "/invoices", f"/invoices/{invoice}", "/events"]
    writes = [
        f"/contracts/{contract}/changes",
        f"/contracts/{contract}/interim-invoices",
        f"/invoices/{invoice}/payments",
    ]
    for scope, opens in (("read", reads), ("write", writes), ("meter", [])):
        it = program(padaria.customer_id, scope)
        answers = {path: it.get(path) for path in reads}
        answers |= {path: it.post(path, {"package": "brl-250"}) for path in writes}  # no Idempotency-Key
        refused = {path for path, answer in answers.items() if answer.status_code == 403}
        assert refused == {*reads, *writes} - {*opens}, scope
        for path in refused:
            said = answers[path].json()
            assert (said["code"], said["scope"]) == ("scope_missing", "write" if path in writes else "read")


def test_the_catalog_needs_no_key(padaria: Tenant, client) -> None:
    assert client.get("/v1/catalog?currency=BRL").status_code == 200
