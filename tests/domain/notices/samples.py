"""One set of facts for each kind of notice, as the flows give them."""

from __future__ import annotations

_USE = {
    "number": "2026-000042-6",
    "currency": "BRL",
    "value_micro": 100_000_000,
    "ceiling_micro": 200_000_000,
    "bigger": True,
    "payable": True,
}

FACTS: dict[str, dict[str, object]] = {
    "contract_active": {
        "number": "2026-000042-6",
        "plan": "Expert",
        "package": "brl-100",
        "person_id": "0193f3a0-0000-7000-8000-000000000001",
        "person_email": "ana@padaria.example",
    },
    "invitation": {
        "number": "2026-000042-6",
        "invitation_id": "0193f3a0-0000-7000-8000-000000000002",
        "name": "Ana Souza",
    },
    "payment_unknown": {"number": "2026-000042-6", "total_minor": 254_900, "currency": "BRL"},
    "payment_checked": {"number": "2026-000042-6", "total_minor": 254_900, "currency": "BRL"},
    "payment_failed": {"invoice": "A-000042", "total_minor": 190_000, "currency": "BRL", "hint": "balance"},
    "payment_received": {"invoice": "A-000042", "total_minor": 190_000, "currency": "BRL"},
    "invoice_issued": {
        "invoice": "A-000042",
        "total_minor": 190_000,
        "currency": "BRL",
        "due_date": "2026-07-11",
    },
    "package_80": {**_USE, "used_micro": 80_300_000},
    "package_100": {**_USE, "used_micro": 100_000_000},
    "limit_90": {**_USE, "used_micro": 180_100_000},
    "sending_blocked": {**_USE, "used_micro": 199_900_000},
    "own_cap": {
        "number": "2026-000042-6",
        "currency": "BRL",
        "used_micro": 49_500_000,
        "cap_micro": 50_000_000,
    },
    "sends_uncovered": {
        "number": "2026-000042-6",
        "currency": "BRL",
        "sends": 14,
        "priced": 12,
        "total_micro": 6_600_000,
    },
    "uncovered_billed": {
        "number": "2026-000042-6",
        "currency": "BRL",
        "sends": 12,
        "total_micro": 6_600_000,
        "why": "The carrier charged us for them.",
        "bill_start": "2026-07-06T03:00:00+00:00",
    },
    "sending_released": {"number": "2026-000042-6"},
    "package_expired": {
        "number": "2026-000042-6",
        "currency": "BRL",
        "value_micro": 100_000_000,
        "used_micro": 80_300_000,
        "expired_micro": 19_700_000,
        "cycle_start": "2026-06-01T03:00:00+00:00",
        "cycle_end": "2026-07-01T03:00:00+00:00",
    },
    "package_raised": {
        "number": "2026-000042-6",
        "before": "brl-100",
        "after": "brl-250",
        "currency": "BRL",
        "paid_minor": 15_000,
        "was_minor": 10_000,
        "becomes_minor": 25_000,
    },
    "versions_change": {
        "number": "2026-000042-6",
        "currency": "BRL",
        "plan": "Specialist",
        "package": "brl-100",
        "from_minor": 70_000,
        "to_minor": 75_000,
        "begin_date": "2026-07-01",
    },
}
