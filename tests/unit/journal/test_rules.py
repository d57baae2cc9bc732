"""What each business fact posts, as the worked examples of `rules` say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.journal import rules
from abono.domain.journal.types import Account, Posting
from abono.kernel.money import Money

type Moves = dict[tuple[str, str, str], int]


def moves(postings: tuple[Posting, ...]) -> Moves:
    found = {(one.account.value, one.detail, one.currency): one.amount_minor for one in postings}
    assert len(found) == len(postings)
    return found


def brl(whole: int) -> Money:
    return Money(whole * 100, "BRL")


@pytest.mark.rule("PAY-13", part="double entry")
@pytest.mark.parametrize(
    ("postings", "says"),
    [
        (
            rules.invoice_issued([("plan", brl(600)), ("package", brl(100)), ("package", brl(50))]),
            {
                ("receivable", "", "BRL"): 750_00,
                ("revenue", "plan", "BRL"): -600_00,
                ("revenue", "package", "BRL"): -150_00,
            },
        ),
        (rules.invoice_issued([("plan", brl(0))]), {}),
        (
            rules.credit_note_issued([("plan", brl(100))]),
            {("receivable", "", "BRL"): -100_00, ("revenue", "plan", "BRL"): 100_00},
        ),
        (
            rules.credit_moved(brl(100)),
            {("receivable", "", "BRL"): 100_00, ("credit", "", "BRL"): -100_00},
        ),
        (
            rules.credit_moved(brl(-60)),
            {("receivable", "", "BRL"): -60_00, ("credit", "", "BRL"): 60_00},
        ),
        (
            rules.payment_received("stripe", brl(750)),
            {("clearing", "stripe", "BRL"): 750_00, ("receivable", "", "BRL"): -750_00},
        ),
        (
            rules.money_found("stripe", brl(10)),
            {("clearing", "stripe", "BRL"): 10_00, ("unmatched", "stripe", "BRL"): -10_00},
        ),
        (  # of a charge that paid 750.00 the gateway says now that it took 760.00
            rules.money_found("stripe", brl(760), brl(750)),
            {("clearing", "stripe", "BRL"): 10_00, ("unmatched", "stripe", "BRL"): -10_00},
        ),
        (  # … and here that it was dollars
            rules.money_found("stripe", Money(750_00, "USD"), brl(750)),
            {
                ("clearing", "stripe", "USD"): 750_00,
                ("clearing", "stripe", "BRL"): -750_00,
                ("unmatched", "stripe", "USD"): -750_00,
                ("unmatched", "stripe", "BRL"): 750_00,
            },
        ),
        (
            rules.money_disputed("stripe", brl(750)),
            {("disputed", "stripe", "BRL"): 750_00, ("clearing", "stripe", "BRL"): -750_00},
        ),
        (
            rules.charged_back("stripe", brl(750)),
            {("chargebacks", "stripe", "BRL"): 750_00, ("disputed", "stripe", "BRL"): -750_00},
        ),
    ],
)
def test_each_fact_posts_what_its_worked_example_says(postings: tuple[Posting, ...], says: Moves) -> None:
    assert moves(postings) == says


amounts = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(["BRL", "USD", "CLP"]))
lines = st.lists(st.tuples(st.sampled_from(["plan", "package", "overage"]), amounts), max_size=6)


@pytest.mark.rule("PAY-13", part="sums to zero")
@given(lines=lines, taken=amounts, booked=st.none() | amounts)
def test_every_rule_sums_to_zero_in_each_currency_and_takes_no_line_twice(
    lines: list[tuple[str, Money]], taken: Money, booked: Money | None
) -> None:
    for postings in (
        rules.invoice_issued(lines),
        rules.credit_note_issued(lines),
        rules.credit_moved(taken),
        rules.payment_received("stripe", taken),
        rules.money_found("stripe", taken, booked),
        rules.money_disputed("stripe", taken),
        rules.charged_back("stripe", taken),
    ):
        found = moves(postings)
        assert all(found.values())
        for currency in ("BRL", "USD", "CLP"):
            assert sum(minor for (_account, _detail, of), minor in found.items() if of == currency) == 0
        assert moves(rules.reversal(postings)) == {key: -minor for key, minor in found.items()}
        assert {one.detail == "" for one in postings if one.account is Account.RECEIVABLE} <= {True}
