"""Values of settings: the narrowest wins, from its date on, and nothing is ever changed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from abono.domain.settings import queries
from abono.domain.settings.actions import set_value
from abono.domain.settings.bank_files import REMITTANCES_AT
from abono.domain.settings.errors import (
    NotForThePast,
    NotForThisScope,
    ReasonMissing,
    ReasonTooLong,
    TooFarAhead,
    ValueNotAllowed,
)
from abono.domain.settings.known import HOLD_LASTS, INTERACTIONS_PER, LATE_GRACE, LIMIT_PERCENT, SETTINGS
from abono.domain.settings.models import Value
from abono.domain.settings.trials import TRIAL_DAYS, TRIAL_SENDS, TRIAL_SENDS_PERCENT
from abono.domain.settings.types import SELLER, Whose
from abono.platform import events
from tests.world import DAY, HOUR, JUNE_1

pytestmark = pytest.mark.django_db
TOLD = {"actor": "person:olga", "why": "agreed by mail"}
CONTRACT = uuid4()
PADARIA = Whose("specialist", CONTRACT)


def test_what_nobody_set_is_as_it_ships() -> None:
    assert {key: queries.value(setting, at=JUNE_1) for key, setting in SETTINGS.items()} == {
        "card_due_after": 0,
        "change_difference": "now",
        "change_held_for": (),
        "change_interactions": "by_day",
        "change_minimum": {"BRL": 50, "USD": 50},
        "change_proration": "day",
        "change_step_down": "next_cycle",
        "contract_currency": {"BR": "BRL"},
        "cycle_begins": "adhesion",
        "dispute_days": 7,
        "disputed_service": "goes_on",
        "end_after": 60,
        "fees_billed": "ahead",
        "fiscal_codes": (),
        "fiscal_documents": "none",
        "hold_lasts": timedelta(hours=24),
        "interactions_per": "channel",
        "late_counted_from": "bank_day",
        "late_fine": 2,
        "late_grace": timedelta(hours=48),
        "late_interest": 1,
        "lease_heartbeat": timedelta(minutes=1),
        "lease_idle": "never",
        "lease_lasts": timedelta(minutes=5),
        "lease_second_device": "takes_over",
        "lease_set_aside": timedelta(seconds=30),
        "licences_over_percent": 0,
        "licences_reduced": "nobody",
        "signing_key_lasts": timedelta(days=90),
        "limit_percent": None,
        "overage_price_percent": 100,
        "pix_due_after": 3,
        "price_kept_months": 12,
        "regret_within": timedelta(days=7),
        "remittances_at": {},
        "remittances_from": {},
        "restrict_after": 10,
        "retry_days": (3, 5, 7),
        "return_within": 2,
        "restricted_plan_fee": "from_release",
        "review_for": timedelta(0),
        "second_factor": "nobody",
        "second_person_credit": {"BRL": 5_000, "USD": 1_000},
        "second_person_prices": {"BRL": 5_000, "USD": 1_000},
        "second_person_receipt": {"BRL": 5_000, "USD": 1_000},
        "second_person_refund": {"BRL": 1_000, "USD": 200},
        "seller_time_zone": "America/Sao_Paulo",
        "slip_due_after": 7,
        "taxes": (),
        "trial_days": 0,
        "trial_interactions": "count",
        "trial_sends": "seller",
        "trial_sends_percent": 10,
        "uncovered": "ask",
        "undo_within": timedelta(hours=1),
        "volume_rounding": "up",
        "warn_levels": ("package_80", "package_100", "limit_90"),
        "year_unused": "end",
    }


def test_a_value_holds_from_its_date_and_the_past_keeps_what_held() -> None:
    set_value(setting=HOLD_LASTS, value="PT6H", valid_from=JUNE_1 + DAY, now=JUNE_1, **TOLD)
    set_value(setting=HOLD_LASTS, value=timedelta(hours=2), valid_from=JUNE_1 + 2 * DAY, now=JUNE_1, **TOLD)
    at = [JUNE_1 + DAY - HOUR, JUNE_1 + DAY, JUNE_1 + 2 * DAY]
    assert [queries.value(HOLD_LASTS, at=moment) for moment in at] == [24 * HOUR, 6 * HOUR, 2 * HOUR]


def test_of_two_values_of_one_moment_the_later_word_counts() -> None:
    for value in ("contact", "channel"):
        set_value(setting=INTERACTIONS_PER, value=value, now=JUNE_1, **TOLD)
    assert queries.value(INTERACTIONS_PER, at=JUNE_1) == "channel"


def test_the_contracts_own_value_stands_before_the_plans_until_it_is_given_back() -> None:
    set_value(setting=LIMIT_PERCENT, value=50, whose=Whose("specialist"), now=JUNE_1, **TOLD)
    set_value(setting=LIMIT_PERCENT, value="unlimited", whose=PADARIA, now=JUNE_1, **TOLD)
    others = Whose("specialist", uuid4())
    assert queries.value(LIMIT_PERCENT, whose=PADARIA, at=JUNE_1) == "unlimited"
    assert queries.value(LIMIT_PERCENT, whose=others, at=JUNE_1) == 50
    assert queries.value(LIMIT_PERCENT, whose=Whose("expert", uuid4()), at=JUNE_1) is None
    set_value(setting=LIMIT_PERCENT, value=None, whose=PADARIA, now=JUNE_1 + HOUR, **TOLD)
    assert queries.value(LIMIT_PERCENT, whose=PADARIA, at=JUNE_1 + HOUR) == 50
    assert queries.value(LIMIT_PERCENT, whose=PADARIA, at=JUNE_1) == "unlimited"


def test_every_change_says_who_why_and_what_before_and_after() -> None:
    set_value(setting=LATE_GRACE, value="PT12H", now=JUNE_1, **TOLD)
    set_value(setting=LATE_GRACE, value="PT6H", now=JUNE_1 + DAY, **TOLD)
    [second, first] = events.page(customer_id=None, limit=9)
    assert (first.before, first.after) == ({"value": None}, {"value": "PT12H"})
    assert (second.before, second.after) == ({"value": "PT12H"}, {"value": "PT6H"})
    assert (second.name, second.actor, second.why) == ("setting.changed", "person:olga", "agreed by mail")
    assert second.data == {
        "key": "late_grace",
        "scope": "seller",
        "of": "",
        "valid_from": "2026-06-02T15:00:00+00:00",
    }
    assert [one.why for one in queries.history("late_grace")] == ["agreed by mail"] * 2


@pytest.mark.parametrize(
    ("refused", "arguments"),
    [
        (ValueNotAllowed, {"setting": HOLD_LASTS, "value": "PT1M"}),  # less than five minutes
        (ValueNotAllowed, {"setting": HOLD_LASTS, "value": "a while"}),
        (ValueNotAllowed, {"setting": INTERACTIONS_PER, "value": "ticket"}),
        (ValueNotAllowed, {"setting": LIMIT_PERCENT, "value": -1, "whose": PADARIA}),
        (ValueNotAllowed, {"setting": TRIAL_DAYS, "value": 181}),
        (ValueNotAllowed, {"setting": TRIAL_SENDS, "value": "nobody"}),
        (ValueNotAllowed, {"setting": REMITTANCES_AT, "value": "banco 17:00, banco 18:00"}),
        (ValueNotAllowed, {"setting": TRIAL_SENDS_PERCENT, "value": 101}),
        (
            NotForThisScope,
            {"setting": TRIAL_DAYS, "value": 14, "whose": PADARIA},
        ),  # before there is a contract
        (NotForThisScope, {"setting": LIMIT_PERCENT, "value": 10}),  # each plan says its own
        (NotForThisScope, {"setting": HOLD_LASTS, "value": "PT6H", "whose": PADARIA}),
        (NotForThePast, {"setting": HOLD_LASTS, "value": "PT6H", "valid_from": JUNE_1 - HOUR}),
        (ReasonMissing, {"setting": HOLD_LASTS, "value": "PT6H", "why": " \x01 "}),
        (ReasonTooLong, {"setting": HOLD_LASTS, "value": "PT6H", "why": "x" * 501}),
        (TooFarAhead, {"setting": HOLD_LASTS, "value": "PT6H", "valid_from": JUNE_1 + 4000 * DAY}),
    ],
)
def test_what_is_not_allowed_is_refused_and_nothing_is_set(refused: type, arguments: dict) -> None:
    with pytest.raises(refused):
        set_value(**{**TOLD, "whose": SELLER, "now": JUNE_1, **arguments})
    assert not Value.objects.exists()
    assert events.page(customer_id=None, limit=9) == []


def test_what_was_set_cannot_be_changed_or_removed() -> None:
    set_value(setting=HOLD_LASTS, value="PT6H", now=JUNE_1, **TOLD)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Value.objects.update(value="PT1H")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Value.objects.all().delete()


def test_a_snapshot_answers_as_the_table_does() -> None:
    set_value(setting=LIMIT_PERCENT, value=50, whose=Whose("specialist"), now=JUNE_1, **TOLD)
    set_value(setting=INTERACTIONS_PER, value="contact", now=JUNE_1, **TOLD)
    seen = queries.snapshot()
    for setting in SETTINGS.values():
        for at in (JUNE_1 - HOUR, JUNE_1):
            assert seen.value(setting, whose=PADARIA, at=at) == queries.value(setting, whose=PADARIA, at=at)
