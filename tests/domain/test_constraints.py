"""Every rule that the database holds is asked of the database, by SQL that tries to break it."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.types.json import Jsonb

from tests.domain.rows import rows_in_every_table

pytestmark = pytest.mark.django_db

LONG_AGO, FAR_AHEAD = "2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z"

# What is changed in a copy of a row that is right, with an id of its own, so that this one rule refuses it.
FORBIDDEN: dict[str, dict[str, Any]] = {
    # adjustments
    "adjustment_line_months_forward": {"contract_id": str(uuid4()), "last_month": "2000-01-01"},
    "adjustment_line_never_cheaper": {"contract_id": str(uuid4()), "after_minor": 0},
    "adjustment_line_once": {},
    "adjustment_line_withdrawn_whole": {"contract_id": str(uuid4()), "withdrawn_at": FAR_AHEAD},
    "adjustment_months_known": {"months": "all"},
    "adjustments_index_code_key": {},
    "index_month_first_day": {"month": "2000-01-02"},
    "index_month_once": {},
    "index_month_percent_within": {"month": "2000-01-01", "percent": -100},
    # approvals
    "approval_decided_whole": {"decided_by": "x"},
    "approval_ended_whole": {"ended_at": FAR_AHEAD},
    "approval_never_ones_own": {"state": "refused", "decided_by": "olga", "ended_at": FAR_AHEAD},
    "approval_one_waits": {},
    "approval_state_known": {"state": "gone", "ended_at": FAR_AHEAD},
    # catalog
    "free_period_once": {},
    "package_currency": {"currency": "XXX"},
    "package_one_on_sale": {"version": 99},
    "package_value_positive": {"value_minor": 0},
    "package_version_once": {"on_sale_until": FAR_AHEAD},
    "plan_one_on_sale": {"version": 99},
    "plan_price_currency": {"currency": "XXX"},
    "plan_price_interval": {"interval": "week"},
    "plan_price_not_negative": {"price_minor": -1},
    "plan_price_once": {},
    "plan_version_once": {"on_sale_until": FAR_AHEAD},
    "route_once": {},
    "session_price_cost": {"cost_micro": 1, "valid_from": FAR_AHEAD},
    "session_price_draws_at": {"draws_at": "read", "valid_from": FAR_AHEAD},
    "session_price_free_quantity": {"free_quantity": 1, "valid_from": FAR_AHEAD},
    "session_price_free_window": {"free_after": "ad_click", "free_hours": None, "valid_from": FAR_AHEAD},
    "session_price_not_negative": {"price_micro": -1, "valid_from": FAR_AHEAD},
    "session_price_once": {},
    "session_price_unit": {"unit": "token", "valid_from": FAR_AHEAD},
    # contracts
    "arrangement_forward": {"replaces_id": None, "until": LONG_AGO},
    "arrangement_kind_known": {"replaces_id": None, "kind": "gift"},
    "arrangement_not_negative": {"replaces_id": None, "price_micro": -1},
    "arrangement_of_some": {"replaces_id": None, "quantity": 0},
    "contracts_arrangement_replaces_id_key": {},
    "batch_line_not_negative": {"before_minor": -1, "contract_id": str(uuid4())},
    "batch_line_once": {},
    "batch_moves_something": {"plan_id": None, "package_id": None},
    "change_extra_licences_within": {"extra_licences": 100_001},
    "change_one_held": {"state": "approval"},
    "change_one_scheduled": {"state": "scheduled", "begins_at": FAR_AHEAD},
    "change_one_waits": {},
    "change_quoted_or_accepted": {"state": "quoted"},
    "change_runs_or_ended": {"ended_at": FAR_AHEAD},
    "change_scheduled_for_a_moment": {"state": "scheduled", "begins_at": None},
    "change_state_listed": {"state": "gone", "ended_at": FAR_AHEAD},
    "contract_cycle_forward": {"cycle_end": LONG_AGO},
    "contract_one_served_per_customer": {"number": "2026-000099-9"},
    "contract_pending_or_dated": {"cycle_start": None},
    "contract_state_known": {"state": "paused"},
    "contracts_contract_number_key": {"state": "ended"},
    "contracts_signup_secret_key": {"contract_id": None},
    "term_extra_licences_within": {"extra_licences": -1},
    "term_position_once": {},
    "contracts_termstext_hash_key": {},
    # coupons
    "coupon_ended_whole": {"code": "X", "ended_at": FAR_AHEAD},
    "coupon_said_why": {"code": "X", "why": ""},
    "coupon_share_or_amount": {"code": "X", "amounts": {"BRL": 1}},
    "coupon_some_cycles": {"code": "X", "cycles": 0},
    "coupon_some_times": {"code": "X", "most_each": 0},
    "coupon_valid_forward": {"code": "X", "valid_from": FAR_AHEAD, "valid_until": LONG_AGO},
    "coupons_coupon_code_key": {},
    "redemption_cycle_counted": {"position": 98, "first_cycle": -1},
    "redemption_position_once": {},
    "redemption_taken_back_says_why": {"position": 98, "coupon_id": None},
    # customers and people
    "advance_arrived_whole": {"arrived_at": FAR_AHEAD, "to_at": FAR_AHEAD},
    "advance_forward": {"arrived_at": FAR_AHEAD, "last": str(uuid4()), "to_at": LONG_AGO},
    "advance_once": {"arrived_at": FAR_AHEAD, "last": str(uuid4())},
    "advance_one_under_way": {"to_at": FAR_AHEAD},
    "customer_clock_only_in_sandbox": {"clock_offset_s": 60},
    "customer_language_known": {"language": "fr"},
    "apikey_addresses_few": {"addresses": [f"10.{n}.0.0/16" for n in range(21)]},
    "identity_apikey_hash_key": {},
    "identity_person_email_key": {},
    "identity_signingkey_public_key": {},
    "invitation_answered_whole": {"answered_at": FAR_AHEAD},
    "invitation_one_open": {},
    "invitation_profile_known": {"profile": "owner"},
    "membership_once": {},
    "membership_profile_known": {"profile": "owner"},
    "person_email_lower": {"email": "Ana@padaria.example"},
    "person_language_known": {"language": "fr"},
    "sign_on_one": {},
    "sign_on_secret_while_used": {"secret": "", "customer_id": None},
    "staff_role_ended_whole": {"ended_at": FAR_AHEAD},
    "staff_role_known": {"role": "king", "ended_at": FAR_AHEAD, "ended_by": "x"},
    "staff_role_once": {},
    # invoicing
    "invoice_issued_has_number_2": {"number": None},
    "invoice_line_fiscal_type_known": {"fiscal_type": "gift"},
    "invoice_line_kind_known_6": {"kind": "gift"},
    "invoice_line_period_forward": {"period_end": LONG_AGO},
    "invoice_line_position": {},
    "invoice_not_negative": {"total_minor": -1},
    "invoice_number_once": {"change_id": None, "key": "another", "replaces_id": None},
    "invoice_refunded_within": {"refunded_minor": -1},
    "invoice_once_per_key": {"change_id": None, "number": 999, "replaces_id": None},
    "invoice_paid_has_moment_2": {"state": "pending"},
    "invoice_reason_known_2": {"reason": "gift"},
    "invoice_state_known_2": {"state": "lost"},
    "invoice_move_states_known": {"after": "draft"},
    "invoice_line_credited_within": {"position": 98, "credited_minor": 10**9},
    "invoice_owed_not_negative_2": {"number": 98, "key": "98", "credited_minor": 10**9},
    "invoicing_invoice_change_id_key": {"number": 97, "key": "97", "replaces_id": None},
    "invoicing_invoice_replaces_id_key": {"number": 98, "key": "98", "change_id": None},
    "credit_note_credit_within": {"number": 98, "credit_minor": 10**9},
    "credit_note_line_once": {},
    "credit_note_line_positive": {"amount_minor": 0},
    "credit_note_number_once": {},
    "credit_note_of_something": {"number": 98, "total_minor": 0, "credit_minor": 0},
    "credit_note_said_why": {"number": 98, "why": ""},
    # credit
    "credit_entry_kind_known_2": {"place": 98, "kind": "gift", "credit_note_id": None},
    "credit_entry_once": {"kind": "returned", "credit_note_id": None},
    "credit_entry_is_signed_2": {"place": 98, "amount_minor": 0},
    "credit_granted_by_a_note": {"place": 98, "credit_note_id": None},
    "credit_granted_once": {"place": 98},
    "credit_never_negative": {"place": 98, "balance_minor": -1},
    # licences in use
    "licences_gone_why_known": {"why": "bored"},
    "licences_kept_some": {"licences": 0},
    "licences_lease_forward": {"person": "x", "until": LONG_AGO},
    "licences_lease_has_ids": {"person": "x", "ids": []},
    "licences_peak_within": {"over": -1},
    "licences_place_has_ids": {"person": "x", "ids": []},
    "licences_place_once": {"person": "x"},
    "licences_pool_not_negative": {"contract_id": str(uuid4()), "held": -1},
    "licences_spell_forward": {"last_at": LONG_AGO},
    "licences_spell_tried": {"tries": 0},
    # the journal
    "journal_account_known_3": {"account": "gifts"},
    "journal_fact_known_3": {"fact": "gift"},
    "journal_fact_once": {},
    "journal_posting_moves": {"account": "unmatched", "amount_minor": 0},
    "journal_posting_once": {},
    # metering
    "campaign_ended_once": {"ended_at": FAR_AHEAD},
    "campaign_forward": {"expires_at": LONG_AGO},
    "campaign_line_price_not_negative": {"price_micro": -1},
    "campaign_line_rejected_not_negative": {"rejected": -1},
    "campaign_line_route_once": {"line": 99},
    "campaign_line_saved_within": {"saved_micro": -1},
    "campaign_line_sent_within": {"sent": 1_000_000},
    "campaign_line_some_places": {"places": 0},
    "campaign_line_units_several": {"units": 1},
    "campaign_slice_open_not_negative": {"open": -1},
    "campaign_slice_rejected_not_negative": {"rejected": -1},
    "campaign_slice_saved_within": {"saved_micro": -1},
    "campaign_slice_sent_not_negative": {"sent": -1},
    "campaign_state_known": {"state": 9, "ended_at": FAR_AHEAD},
    "campaign_total_not_negative": {"total_micro": -1},
    "channel_budget_not_negative": {"budget_micro": -1},
    "channel_total_not_negative": {"total_micro": -1},
    "cycle_cap_not_negative": {"cap_micro": -1},
    "cycle_forward": {"cycle_end": LONG_AGO},
    "cycle_held_not_negative": {"held_micro": -1},
    "cycle_interactions_not_negative": {"interactions": -1},
    "cycle_overage_percent_within": {"overage_percent": 1001},
    "cycle_used_not_negative": {"used_micro": -1},
    "cycle_value_within": {"value_micro": -1},
    "cycle_within_ceiling": {"held_micro": 10**15},
    "free_send_some_units": {"units": 0},
    "free_taken_not_negative": {"taken": -1},
    "minute_some_events": {"events": 0},
    "own_budget_not_negative": {"budget_micro": -1},
    "own_limit_cap_not_negative": {"cap_micro": -1},
    "recount_drawn_not_negative": {"drawn_micro": -1},
    "recount_gives_back": {"back_micro": 0},
    "send_price_not_negative": {"price_micro": -1},
    "send_units_several": {"units": 1},
    "settlement_drawn_by_a_row": {"drawn_micro": 1},
    "settlement_drawn_not_negative": {"drawn_micro": -1, "price_id": 1, "outcome": 1},
    "settlement_outcome_known": {"outcome": 9},
    "threshold_level_known": {"level": "package_42"},
    "uncovered_decided_price_not_negative": {"price_micro": -1},
    "uncovered_decision_bills_later": {"bill": False},
    "uncovered_decision_contested_by": {"contested_at": FAR_AHEAD},
    "uncovered_decision_contested_is_not_billed": {
        "contested_at": FAR_AHEAD,
        "contested_by": "ana",
        "invoice_id": str(uuid4()),
    },
    "uncovered_decision_of_something": {"sends": 0},
    "uncovered_decision_price_not_negative": {"typed_micro": -1},
    "uncovered_decision_said_why": {"why": ""},
    "uncovered_decision_told_before": {"bill_from": LONG_AGO},
    "uncovered_price_not_negative": {"price_micro": -1},
    "uncovered_why_known": {"why": "a whim"},
    "uncovered_withdrawn_waits_no_more": {"waits": True, "withdrawn_at": LONG_AGO},
    # notices
    "email_once": {},
    "muted_once": {},
    "notice_once": {},
    # payment links
    "payment_link_expires_later": {"expires_at": LONG_AGO},
    "payment_link_hash_once": {},
    # payments
    "attempt_amount_positive": {"amount_minor": 0},
    "attempt_one_live_per_invoice": {},
    "attempt_state_known_2": {"state": "gone"},
    "refund_amount_positive": {"amount_minor": 0},
    "refund_decided_or_asked": {"state": "done", "decided_at": None},
    "refund_state_known_2": {"state": "gone", "decided_at": FAR_AHEAD},
    "refund_once_more": {"again": str(uuid4())},
    "refund_paid_on_a_way": {"way": "cash"},
    "receipt_credit_within": {"credit_minor": 10**9},
    "receipt_way_known": {"way": "ship"},
    "receipt_withdrawn_with_reason": {"withdrawn_at": FAR_AHEAD},
    "dispute_amount_positive": {"amount_minor": 0, "state": "won", "ended_at": FAR_AHEAD},
    "dispute_ended_or_open": {"ended_at": FAR_AHEAD},
    "dispute_one_open": {},
    "dispute_state_known": {"state": "gone", "ended_at": FAR_AHEAD},
    "gateway_event_once": {},
    "method_one_in_use": {"token": "another"},
    "method_once_is_not_in_use": {"once": True, "token": "x"},
    "method_removed_is_not_in_use": {"removed_at": FAR_AHEAD},
    "method_token_once": {"in_use": False},
    "payout_moves_money": {"fees_minor": 0},
    "payout_once": {},
    "payout_withdrawn_with_reason": {"withdrawn_at": FAR_AHEAD},
    "unmatched_closed_with_reason": {"closed_at": FAR_AHEAD},
    "unmatched_once": {},
    "unmatched_why_known": {"why": "odd"},
    # settings
    "setting_has_a_reason": {"why": ""},
    "setting_not_for_the_past": {"valid_from": LONG_AGO},
    "setting_scope_known": {"scope": "galaxy", "subject": "x"},
    "setting_subject": {"subject": "x"},
    # platform
    "due_once": {},
    "idempotency_once": {},
}

# What every table that carries the trigger refuses.
FROZEN: dict[str, tuple[str, ...]] = {
    "catalog_frozen": ("UPDATE {table} SET id = id", "DELETE FROM {table}"),
    "catalog_frozen_delete": ("DELETE FROM {table}",),
    "catalog_frozen_update": ("UPDATE {table} SET version = version + 1",),
    "catalog_price_in_order": (
        "INSERT INTO {table} (package_id, route_id, valid_from, price_micro)"
        " SELECT package_id, route_id, valid_from - interval '1 day', 1 FROM {table} LIMIT 1",
    ),
    "append_only": ("UPDATE {table} SET id = id", "DELETE FROM {table}"),
    "never_emptied": ("TRUNCATE {table} CASCADE",),
    "contracts_changes_stay": ("UPDATE {table} SET quote = '{{}}'", "DELETE FROM {table}"),
    "adjustments_month_stays": ("UPDATE {table} SET percent = percent + 1", "DELETE FROM {table}"),
    "adjustments_line_stays": ("UPDATE {table} SET after_minor = 2", "DELETE FROM {table}"),
    "coupons_coupon_stays": ("UPDATE {table} SET most_each = 2", "DELETE FROM {table}"),
    "coupons_redemptions_stay": ("UPDATE {table} SET first_cycle = 9", "DELETE FROM {table}"),
    "contracts_terms_stay": ("UPDATE {table} SET actor = actor", "DELETE FROM {table}"),
    "invoicing_issued_never_changes": (
        "UPDATE {table} SET total_minor = total_minor + 1 WHERE number = 1",
        "UPDATE {table} SET buyer = '{{}}' WHERE number = 1",
        "DELETE FROM {table} WHERE number = 1",
    ),
    "invoicing_credit_note_is_its_lines": (
        "INSERT INTO {table} SELECT (jsonb_populate_record(n, jsonb_build_object('id', gen_random_uuid(), 'number', 98))).*"
        " FROM {table} n LIMIT 1",
    ),
    "invoicing_credit_note_is_closed": (
        "INSERT INTO {table} (note_id, line_id, amount_minor) SELECT n.note_id, l.id, 1 FROM {table} n,"
        " invoicing_invoiceline l WHERE l.position = 2 LIMIT 1",
    ),
    "journal_sums_to_zero": (
        "INSERT INTO {table} (entry_id, account, detail, currency, amount_minor)"
        " SELECT id, 'credit', '', 'XXX', 1 FROM journal_entry LIMIT 1",
    ),
    "credit_entry_follows": (
        "INSERT INTO {table} SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'place', 98,"
        " 'kind', 'returned', 'credit_note_id', NULL))).* FROM {table} e LIMIT 1",
    ),
    "invoicing_series_of_its_own": (
        "UPDATE {table} SET series = 'TEST-5QY0BN', number = 1, state = 'pending', issued_at = created_at"
        " WHERE state = 'draft'",
    ),
    "invoicing_issued_lines_never_change": (
        "UPDATE {table} SET amount_minor = 0 WHERE invoice_id = (SELECT id FROM invoicing_invoice WHERE number = 1)",
        "DELETE FROM {table} WHERE invoice_id = (SELECT id FROM invoicing_invoice WHERE number = 1)",
        "INSERT INTO {table} (invoice_id, position, kind, name, period_start, period_end, quantity,"
        " unit_price_micro, amount_minor, fiscal_type)"
        " SELECT invoice_id, 99, kind, name, period_start, period_end, 1, 1, 1, fiscal_type FROM {table}"
        " WHERE invoice_id = (SELECT id FROM invoicing_invoice WHERE number = 1) LIMIT 1",
    ),
}

# Which row is copied, where not any one will do.
COPIED = {
    "contracts_change": "state = 'waiting'",
    "catalog_package": "on_sale_until IS NULL",
    "catalog_plan": "on_sale_until IS NULL",
    "invoicing_invoice": "number = 1",
    "contracts_arrangement": "replaces_id IS NOT NULL",
    "invoicing_invoiceline": "invoice_id = (SELECT id FROM invoicing_invoice WHERE state = 'draft')",
    "contracts_contract": "state = 'active'",
    "customers_customer": "NOT sandbox",
    "credit_entry": "kind = 'granted'",
    "payments_paymentmethod": "in_use",
    "payments_attempt": "state = 'paid'",
}

# An invoice of an unknown state has no right number either, which is asked first.
_SAID_BY_ANOTHER = {"invoice_state_known_2": "invoice_issued_has_number_2"}

_OURS = "n.oid = 'public'::regnamespace AND t.relname !~ '^(auth|django|procrastinate|account|mfa|socialaccount|usersessions)_' AND NOT t.relispartition"
_CONSTRAINTS = f"""
SELECT c.conname, t.relname FROM pg_constraint c
  JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE {_OURS} AND c.contype IN ('c', 'u', 'x')
UNION
SELECT i.relname, t.relname FROM pg_index x
  JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE {_OURS} AND x.indisunique AND NOT x.indisprimary"""
_TRIGGERS = f"""
SELECT g.tgname, t.relname FROM pg_trigger g
  JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE {_OURS} AND NOT g.tgisinternal"""
_NEVER = r"never change|is not what its lines say|does not follow|does not sum to zero|is not that of customer|followed by later ones only|can only be taken off sale"
_COMPOSITE_KEYS = f"""
SELECT t.relname FROM pg_constraint c
  JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE {_OURS} AND c.contype = 'p' AND cardinality(c.conkey) > 1"""


def ask(statement: str, arguments: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall()) if cursor.description else []


def kind_of(trigger: str) -> str:
    """The append-only triggers are named after their tables."""
    return next((kind for kind in ("append_only", "never_emptied") if trigger.endswith(f"_{kind}")), trigger)


def refused_by(table: str, changes: dict[str, Any]) -> str | None:
    """The rule that refuses a copy of a row of the table with these changes."""
    columns = dict(
        ask("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", [table])
    )
    own_id = {"uuid": str(uuid4()), "bigint": 10**9, "integer": 10**9}
    if changes.get("id") is None and "id" in columns:
        changes = {"id": own_id[columns["id"]], **changes}
    row = f"SELECT to_jsonb(x) FROM {table} x WHERE {COPIED.get(table, 'true')} LIMIT 1"
    assert ask(row), f"no row of {table} to copy"
    given = ", ".join(
        name
        for (name,) in ask(
            "SELECT quote_ident(column_name) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
    )
    copy = f"INSERT INTO {table} ({given}) SELECT {given} FROM jsonb_populate_record(NULL::{table}, ({row}) || %s)"
    try:
        with transaction.atomic():
            ask(copy, [Jsonb(changes)])
    except DatabaseError as refused:
        return getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None)
    return None


def test_every_rule_of_the_database_stands_here() -> None:
    assert {name for name, _table in ask(_CONSTRAINTS)} == set(FORBIDDEN)
    assert {kind_of(name) for name, _table in ask(_TRIGGERS)} == set(FROZEN)


@pytest.mark.rule("PKG-6", part="the database refuses")
def test_every_rule_of_the_database_refuses_what_it_forbids(gateway: object) -> None:
    # Prices only go forward, which refuses the same price twice before its own rule can.
    ask("ALTER TABLE catalog_sessionprice DISABLE TRIGGER catalog_price_in_order")
    rows_in_every_table()
    refused = {name: refused_by(table, FORBIDDEN[name]) for name, table in ask(_CONSTRAINTS)}
    assert refused == {name: name for name in FORBIDDEN} | _SAID_BY_ANOTHER


def test_a_row_that_has_its_key_from_what_it_says_is_there_once(gateway: object) -> None:
    rows_in_every_table()
    for (table,) in ask(_COMPOSITE_KEYS):
        assert re.fullmatch(rf"{table}(_p\d+|_default|_other)?_pkey", refused_by(table, {}) or "nobody"), (
            table
        )


@pytest.mark.rule("ACC-6", part="cannot be changed")
@pytest.mark.rule("INV-4", part="never changes")
@pytest.mark.rule("CAT-5", part="never changes")
def test_what_never_changes_is_refused_every_change(gateway: object) -> None:
    rows_in_every_table()
    ask("SET CONSTRAINTS ALL IMMEDIATE")  # nothing is emptied while foreign keys wait to be looked at
    for trigger, table in ask(_TRIGGERS):
        for statement in FROZEN[kind_of(trigger)]:
            assert ask(f"SELECT 1 FROM {table} LIMIT 1"), table
            with pytest.raises(DatabaseError, match=_NEVER), transaction.atomic():
                ask(statement.format(table=table))
