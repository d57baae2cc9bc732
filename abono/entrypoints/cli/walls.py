"""What the tables do not say of themselves: which have no customer, which only grow, from which rows go (ACC-2).

`platform.postgres.walls` reads it after each migration; a test fails when a new table is nowhere here and belongs to nobody.
"""

from __future__ import annotations

from abono.domain.metering.layout import ENTRIES
from abono.entrypoints.meter.doors import DOORS
from abono.platform.postgres import partitions
from abono.platform.postgres.walls import Layout

_DJANGO = "Django's own; nothing of a customer"
_CATALOG = "what is on sale, the same for everybody"
_JOBS = "calls to act: ids of what is due, which is looked up under the worker's role"

# How people sign in: of allauth.
PEOPLES = frozenset(
    {
        "account_emailaddress",
        "account_emailconfirmation",
        "mfa_authenticator",
        "socialaccount_socialaccount",
        "socialaccount_socialapp",
        "socialaccount_socialtoken",
        "usersessions_usersession",
    }
)

WITHOUT_A_CUSTOMER = {
    "auth_group": _DJANGO,
    "auth_group_permissions": _DJANGO,
    "auth_permission": _DJANGO,
    "django_content_type": _DJANGO,
    "django_migrations": _DJANGO,
    "django_session": "found by a secret that the browser has; begins before anybody is known",
    "identity_person": "people may belong to several customers; who belongs to whom is in identity_membership",
    "identity_signingkey": "by which this installation signs; private halves lie encrypted",
    "identity_staffrole": "the seller's people",
    **dict.fromkeys(PEOPLES, "of a person, who may belong to several customers"),
    "platform_cache": "what is remembered for a while, by keys that nobody guesses",
    "catalog_channel": _CATALOG,
    "catalog_freeperiod": _CATALOG,
    "catalog_function": _CATALOG,
    "catalog_package": _CATALOG,
    "catalog_plan": _CATALOG,
    "catalog_planprice": _CATALOG,
    "catalog_route": _CATALOG,
    "catalog_sessionprice": _CATALOG,
    "adjustments_adjustment": "by which index prices are adjusted; its lines are contracts', and kept apart",
    "adjustments_index": "what prices are adjusted by, the same for everybody",
    "adjustments_indexmonth": "likewise",
    "contracts_batch": "which versions follow which; its lines are contracts', and kept apart",
    "coupons_coupon": "what is taken off, the same for everybody; who has it is kept apart",
    "contracts_termstext": "terms as they were shown to everybody",
    "metering_interaction_kind": _CATALOG,
    "metering_minute": "sums over everybody",
    "metering_sweep": "how far a sweep over everybody has come",
    "platform_counter": "the last number of a series",
    "platform_idempotencykey": "found by its caller's API key, which is part of its key",
    "platform_rate": "how often a key asked; no value of a customer",
    "platform_throttle": "hashes and numbers of tries",
    "procrastinate_events": _JOBS,
    "procrastinate_jobs": _JOBS,
    "procrastinate_periodic_defers": _JOBS,
    "procrastinate_workers": _JOBS,
    "withholding_rate": "what buyers withhold by law, the same for everybody; what one of them does is kept apart",
    "settings_value": "what holds for the seller, plans and contracts is read whole by every process",
}

SELLERS = {
    "billing_runs_run": "renewals of everybody together",
    "fiscal_export": "what whoever issues was given, of everybody together",
    "fiscal_return": "likewise",
    "payments_bankfile": "what banks are asked and tell of everybody together",
    "payments_bankline": "likewise",
    "payments_bankorder": "likewise",
    "payments_gatewayevent": "what a gateway said, before anybody knows of whom",
    "payments_payout": "what gateways paid out, of everybody together",
    "statements_movement": "what came into the seller's bank accounts and left them, of everybody together",
    "statements_statement": "likewise",
}

# Whoever else writes a table of the list: see `append_only` of the migrations, whose triggers refuse the owner as well.
GROWS = frozenset(
    {
        "contracts_acceptance",
        "contracts_arrangement",
        "contracts_batchline",  # what was looked at before prices were moved
        "contracts_move",
        "contracts_termstext",
        "credit_entry",
        "invoicing_creditnote",
        "invoicing_creditnoteline",
        "invoicing_move",
        "journal_entry",
        "journal_posting",
        "metering_contact_event",
        "metering_late_event",
        "metering_recount",
        "metering_send",
        "metering_settlement",
        "metering_uncovered_decided",
        "platform_event",
        "settings_value",
        "withholding_ownrate",
        "withholding_prooffile",
        "withholding_rate",
        "withholding_withheldproof",
        "withholding_withheldtax",
    }
)

LAYOUT = Layout(
    customers="customers_customer",
    contracts="contracts_contract",
    without=WITHOUT_A_CUSTOMER,
    sellers=SELLERS,
    given=frozenset(
        {
            "auth_group",
            "auth_group_permissions",
            "auth_permission",
            "django_content_type",
            "django_migrations",
            "metering_interaction_kind",
            *(name for name in WITHOUT_A_CUSTOMER if name.startswith("catalog_")),
        }
    ),
    grows=GROWS,
    aged=frozenset({"payments_gatewayevent"}),
    removed=frozenset(
        {
            *PEOPLES,
            "platform_cache",
            "contracts_change",  # quotes that nobody accepted: a trigger refuses others
            "contracts_contract",  # an order that was not paid
            "contracts_signup",
            "coupons_redemption",  # of an order that was not paid: a trigger refuses others
            "contracts_term",  # of an order that was not paid: a trigger refuses others
            "customers_advance",  # likewise
            "customers_customer",  # likewise
            "django_session",
            "invoicing_invoice",  # drafts: a trigger refuses others
            "invoicing_invoiceline",
            "licences_gone",
            "licences_kept",
            "licences_lease",
            "licences_peak",  # of long ago
            "licences_place",
            "licences_spell",  # likewise
            "identity_membership",  # who was deleted
            "identity_documentlock",  # documents open without a password again
            "metering_campaign_slice",
            "metering_channel_budget",
            "metering_cycle",  # that has not begun when its contract ends
            "metering_free_send",
            "metering_interaction",
            "metering_minute",
            "metering_own_budget",
            "metering_refused_hold",
            "metering_use",
            "metering_use_apart",
            "metering_use_border",
            "notices_email",  # of an order that was not paid
            "notices_muted",
            "notices_notice",  # likewise
            "payments_attempt",  # declined ones of an order that was not paid
            "payments_paymentmethod",
            "payments_paymentrequest",  # of an order that was not paid
            "platform_due",
            "platform_idempotencykey",
            "platform_personalvalues",  # erased on request (OPS-6)
            "platform_rate",
            "platform_throttle",
            "procrastinate_events",
            "procrastinate_jobs",
            "procrastinate_periodic_defers",
            "procrastinate_workers",
        }
    ),
    doors=DOORS,
    upkeep={"month": partitions.for_workers(ENTRIES)},
    anybodys=frozenset({"payments_unmatchedmoney", "platform_due", "platform_event"}),
    secret=frozenset(
        {
            *PEOPLES,
            "platform_cache",
            "contracts_signup",
            "django_session",
            "identity_apikey",
            "identity_person",
            "payment_links_paymentlink",
            "payments_paymentmethod",
            "platform_idempotencykey",
        }
    ),
)
