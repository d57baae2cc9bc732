"""A send that was told of first, and is held afterwards under the same id: the package pays, or an invoice, never both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldStatus, Outcome, SettleStatus
from abono.domain.uncovered import actions, queries
from abono.domain.uncovered.actions import Which, decide
from abono.domain.uncovered.errors import NothingToDecide
from abono.domain.uncovered.queries import Chosen
from abono.domain.uncovered.types import State, ToldStatus
from abono.domain.usage import send_lines
from tests import sql
from tests.books import check_metering
from tests.domain.metering.world import CENT, DAY, JUNE_1, NOON, Contract, World, books_are_clean, rows
from tests.domain.uncovered.test_told import tell

pytestmark = pytest.mark.django_db


def kept(world: World, *names: str) -> Contract:
    """A contract of which these sends were told without a price."""
    contract = world.contract()
    told = tell(*((contract, name, None) for name in names))
    assert [status for status, *_ in told] == [ToldStatus.UNCOVERED] * len(names)
    return contract


def decided(contract: Contract, *, bill: bool):
    return decide(
        contract_id=contract.id,
        which=Which(),
        bill=bill,
        typed_micro=7 * CENT if bill else None,
        why="…",
        actor="olga",
        now=NOON,
    )


def states(contract: Contract) -> dict[str, State]:
    return {
        one.name: one.state for one in queries.uncovered(Chosen(contract_id=contract.id), real=NOON + 9 * DAY)
    }


@pytest.mark.rule("PKG-12", "PKG-6")
def test_one_that_drew_afterwards_is_open_no_more_and_nobody_is_told_of_it():
    contract = kept(World(), "a", "b")
    contract.hold("a")
    assert contract.settle("a").status is SettleStatus.SETTLED
    assert states(contract) == {"a": State.DRAWN, "b": State.OPEN}
    assert [group.sends for group in queries.groups(contract.id)] == [1]
    assert queries.count() == (2, 1)
    every, billable = actions.notice(contract_id=contract.id, now=NOON)
    assert (every.sends, billable.sends) == (1, 1)
    assert (queries.unnoticed(), queries.contracts_with_open()) == ([], [contract.id])
    assert decided(contract, bill=True).sends == 1
    assert states(contract) == {"a": State.DRAWN, "b": State.DUE}
    assert queries.contracts_with_open() == []
    for bill in (True, False):
        with pytest.raises(NothingToDecide):
            decided(contract, bill=bill)
    assert contract.cycle().used_micro == 10 * CENT
    assert books_are_clean()


@pytest.mark.rule("PKG-12", "PKG-6")
def test_one_that_is_held_at_the_moment_is_billed_only_if_it_does_not_draw():
    contract = kept(World(), "a")
    contract.hold("a")
    assert [(group.held, group.sends) for group in queries.groups(contract.id)] == [(True, 1)]
    with pytest.raises(NothingToDecide):
        decided(contract, bill=True)
    assert rows("metering_send") == 1
    contract.settle("a", Outcome.REJECTED)
    assert [(group.held, group.sends) for group in queries.groups(contract.id)] == [(False, 1)]
    assert decided(contract, bill=True).total_micro == 7 * CENT
    assert contract.hold("a").status is HoldStatus.REPLAYED
    assert contract.settle("a").status is SettleStatus.CLASH
    assert contract.cycle().total_micro == 0
    assert books_are_clean()


@pytest.mark.rule("PKG-12", "PKG-9")
def test_one_that_is_billed_is_never_held_or_drawn_under_its_id():
    world = World()
    contract = kept(world, "a", "b")
    decided(contract, bill=True)
    before = replace(contract.cycle())
    assert contract.hold("a").status is HoldStatus.CLASH
    closer = [contract.request("b"), contract.request("odd", world.unpriced), contract.request("fresh")]
    assert [answer.status for answer in metering.hold(closer)] == [
        HoldStatus.CLASH,
        HoldStatus.NO_PRICE,
        HoldStatus.HELD,
    ]
    contract.settle("fresh", Outcome.REJECTED)
    for outcome in (Outcome.SENT, Outcome.REJECTED, Outcome.EXPIRED):
        assert contract.settle("a", outcome).status is SettleStatus.UNKNOWN_SEND
    assert tell((contract, "a", world.sms))[0][0] is ToldStatus.UNCOVERED_BEFORE
    assert contract.record("a", world.sms).status is HoldStatus.CLASH
    assert contract.cycle() == before
    assert states(contract) == {"a": State.DUE, "b": State.DUE}
    assert metering.expire(now=NOON + 90 * DAY) == metering.expire(now=NOON, contract_id=contract.id) == 0
    assert books_are_clean()


@pytest.mark.rule("PKG-12")
def test_one_that_was_let_go_may_still_be_held_and_draws_once():
    contract = kept(World(), "a")
    decided(contract, bill=False)
    assert contract.hold("a").status is HoldStatus.HELD
    contract.settle("a")
    assert states(contract) == {"a": State.LET_GO}
    assert contract.cycle().used_micro == 10 * CENT
    assert books_are_clean()


@pytest.mark.rule("PKG-12", "PKG-9")
def test_what_was_contested_keeps_its_id():
    contract = kept(World(), "a")
    decision = decided(contract, bill=True)
    actions.contest(contract_id=contract.id, decision_id=decision.id, actor="ana", now=NOON)
    assert contract.hold("a").status is HoldStatus.CLASH
    assert books_are_clean()


@pytest.mark.rule("FIN-4")
def test_ids_that_are_taken_are_no_sends_of_any_cycle_and_cut_no_list_short():
    contract = kept(World(), "a", "b", "c", "d")
    decided(contract, bill=True)
    contract.hold_many(5)
    chosen = send_lines.Chosen(contract.id, JUNE_1)
    names = [one.name for one in send_lines.every_send(chosen, step=1)]
    assert sorted(names) == [f"many {n}" for n in range(5)]


@pytest.mark.rule("OPS-2", part="proves the books")
def test_the_books_show_a_billed_one_that_drew_and_no_contested_one():
    contract = kept(World(), "a")
    decision = decided(contract, bill=True)
    assert books_are_clean()
    sql.run("UPDATE metering_settlement SET outcome = 1")
    assert [one.what for one in check_metering()] == ["uncovered_billed_that_drew"]
    actions.contest(contract_id=contract.id, decision_id=decision.id, actor="ana", now=NOON)
    assert books_are_clean()
