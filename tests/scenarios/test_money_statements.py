"""How often a change of plan, a renewal and contracting ask the database: each time is a way to it and back while rows are
held, so that a step that asks more is seen. At most half of what 0.1.0 asked: 95, 63 and 117 times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abono.domain.contracts import actions as signups
from abono.domain.settings import queries as settings
from abono.flows.billing.renew import renew
from abono.flows.signup.quote import quote_of
from abono.flows.signup.sign import Administrator, sign_contract
from tests.scenarios.test_cycles import JULY_1
from tests.world import (
    JUNE_1,
    PADARIA,
    Tenant,
    accept,
    begin_signup,
    load_catalog,
    make_luna,
    make_padaria,
    moment,
    quote,
)

JUNE_19 = JUNE_1 + timedelta(days=18)


def asked(act: Callable[[], object]) -> int:
    """How many statements it took, begin and end of transactions with them. A process keeps the settings for two seconds."""
    settings.snapshot()
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured.captured_queries)


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def test_a_renewal(padaria: Tenant) -> None:
    assert asked(lambda: renew(contract_id=padaria.contract_id, now=JULY_1)) <= 24


@pytest.mark.parametrize(("plan", "package", "most"), [("professional", None, 45), (None, "brl-250", 46)])
def test_an_accepted_change(padaria: Tenant, plan: str | None, package: str | None, most: int) -> None:
    seen = quote(padaria, plan=plan, package=package, now=JUNE_19)
    assert asked(lambda: accept(padaria, seen, now=JUNE_19)) <= most


def test_contracting(gateway) -> None:
    load_catalog()
    make_luna()  # what a process looks up once
    signup_id = begin_signup()
    offer = quote_of(signups.read_signup(signup_id), now=JUNE_1)
    assert (
        asked(
            lambda: sign_contract(
                signup_id=signup_id,
                customer=PADARIA,
                administrator=Administrator("Ana Souza", "ana@padaria.example"),
                accepted=offer.fingerprint,
                frame_ref="ok",
                address="203.0.113.7",
                buyer_id=None,
                sandbox=False,
                moment=moment(JUNE_1),
            )
        )
        <= 57
    )
