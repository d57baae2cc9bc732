"""How often a change of plan, a renewal and contracting ask the database: each time is a way to it and back while rows are
held, so that a step that asks more is seen. At most half of what 0.1.0 asked: 95, 63 and 117 times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abono.domain.adjustments import queries as adjustments
from abono.domain.contracts import actions as signups
from abono.domain.settings import queries as settings
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.adjustments.preview import Adjusted, Fate, effects, preview_adjustment
from abono.flows.billing.renew import renew
from abono.flows.price_moves.apply import apply_move
from abono.flows.signup.quote import quote_of
from abono.flows.signup.sign import Administrator, sign_contract
from abono.flows.versions import preview as versions
from abono.flows.versions.preview import preview_versions
from tests.adjustments import ipca
from tests.scenarios.test_cycles import JULY_1
from tests.versions import new_versions
from tests.world import (
    HOUR,
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
    sign,
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
    assert asked(lambda: renew(contract_id=padaria.contract_id, now=JULY_1)) <= 28


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
        <= 58
    )


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_a_preview_of_newer_versions_asks_no_more_for_more_contracts(padaria: Tenant) -> None:
    new_versions()
    set_value(setting=PRICE_KEPT_MONTHS, value=12, actor="olga", why="a test", now=JUNE_1)  # a year ahead

    def preview(*contract_ids: UUID) -> UUID:
        return preview_versions(
            plan_code="specialist",
            package_code="brl-100",
            contract_ids=contract_ids,
            actor="olga",
            now=JUNE_1 + 2 * HOUR,
        )

    one, all_of_them = _grows(preview, padaria)
    assert asked(lambda: versions.effects(all_of_them)) <= asked(lambda: versions.effects(one))


@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
def test_a_preview_of_an_adjustment_asks_no_more_for_more_contracts(padaria: Tenant) -> None:
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=JUNE_1)
    ipca(first=date(2025, 6, 1), now=JUNE_1)

    def preview(*contract_ids: UUID) -> UUID:
        return preview_adjustment(
            index="ipca",
            currency="BRL",
            until=JUNE_1.date() + timedelta(days=90),
            contract_ids=contract_ids,
            actor="olga",
            now=JUNE_1 + 2 * HOUR,
        )

    one, all_of_them = _grows(preview, padaria)

    def seen(key: UUID) -> list[Adjusted]:
        return effects(adjustments.get(key), now=JUNE_1 + 3 * HOUR)

    assert asked(lambda: seen(all_of_them)) <= asked(lambda: seen(one))
    apply_move(ADJUSTMENTS, all_of_them, actor="olga", now=JUNE_1 + 2 * HOUR)
    assert [line.fate for line in seen(all_of_them)] == [Fate.WAITS] * 4
    assert asked(lambda: seen(all_of_them)) <= asked(lambda: seen(one)) + 1  # what holds of each since


def _grows(preview: Callable[..., UUID], padaria: Tenant) -> tuple[UUID, UUID]:
    """Previews of one contract and of that with three others, which ask as often."""
    others = [sign().contract_id for _n in range(3)]
    preview(padaria.contract_id)  # what a process looks up once
    made: list[UUID] = []
    counts = [
        asked(lambda which=which: made.append(preview(*which)))  # type: ignore[misc]
        for which in ((padaria.contract_id,), (padaria.contract_id, *others))
    ]
    assert counts[1] <= counts[0] + 1  # settings, where it took longer than a process keeps them
    return made[0], made[1]
