"""What every gateway gives back, and disputes."""

from __future__ import annotations

import pytest

from abono.domain.payments.ports.port import (
    KeyClash,
    Outcome,
    RefundOutcome,
    RefundRequest,
)
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.money import Money
from tests.contract.bench import Bench, fresh, request_for

# Disputes


@pytest.mark.rule("PAY-10", part="disputed")
def test_a_disputed_charge_stays_paid_and_says_so(bench: Bench) -> None:
    bench.other_side.pull(dispute_ms=0)
    request = request_for(bench.card(Behaviour.DISPUTED))
    assert not bench.gateway.charge(request).disputed
    for _twice in range(2):
        bench.other_side.ask("POST", f"charges/{request.key}/dispute")
    found = bench.find(request)
    assert found is not None
    assert (found.outcome, found.disputed) == (Outcome.PAID, True)
    kinds = [entry["kind"] for entry in bench.other_side.book() if entry["key"] == request.key]
    assert kinds == ["capture", "chargeback"]


# Refunds


def test_a_refund_gives_back_a_part_and_never_more_than_was_paid(bench: Bench) -> None:
    request = request_for(bench.card(), minor=10_000)
    reference = bench.gateway.charge(request).reference
    assert reference is not None
    part = RefundRequest(fresh(), reference, Money(4_000, "BRL"))
    done = bench.gateway.refund(part)
    assert done.outcome is RefundOutcome.DONE
    assert bench.gateway.refund(part) == done  # the same key gives back once
    assert bench.gateway.find_refund(part.key, reference) == done
    # 10,000 - 4,000 = 6,000 are left
    assert bench.gateway.refund(RefundRequest(fresh(), reference, Money(6_001, "BRL"))).outcome is (
        RefundOutcome.REFUSED
    )
    assert bench.gateway.refund(RefundRequest(fresh(), reference, Money(6_000, "BRL"))).outcome is (
        RefundOutcome.DONE
    )
    entries = [entry for entry in bench.other_side.book() if entry["charge"] == reference]
    assert [(entry["kind"], entry["amount_minor"]) for entry in entries] == [
        ("capture", 10_000),
        ("refund", 4_000),
        ("refund", 6_000),
    ]


def test_a_refund_key_with_another_amount_is_refused(bench: Bench) -> None:
    reference = bench.gateway.charge(request_for(bench.card())).reference
    assert reference is not None
    key = fresh()
    bench.gateway.refund(RefundRequest(key, reference, Money(100, "BRL")))
    with pytest.raises(KeyClash):
        bench.gateway.refund(RefundRequest(key, reference, Money(200, "BRL")))


def test_a_refund_that_was_never_seen_is_not_found(bench: Bench) -> None:
    reference = bench.gateway.charge(request_for(bench.card())).reference
    assert reference is not None
    assert bench.gateway.find_refund(fresh(), reference) is None


def test_only_a_paid_charge_can_be_given_back(bench: Bench) -> None:
    declined = bench.gateway.charge(request_for(bench.card(Behaviour.NO_BALANCE)))
    assert declined.reference is not None
    refund = bench.gateway.refund(RefundRequest(fresh(), declined.reference, Money(1, "BRL")))
    assert refund.outcome is RefundOutcome.REFUSED
