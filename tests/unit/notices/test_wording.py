"""Every kind of notice says something whole in every language (NOT-1, LNG-1)."""

from __future__ import annotations

import pytest

from abono.domain.notices.kinds import KINDS
from abono.domain.notices.types import Audience
from abono.domain.notices.wording import Reader, word
from abono.kernel.rating import UNLIMITED
from tests.domain.notices.samples import FACTS

LANGUAGES = ("es", "pt-br", "en")


def reader(language: str = "en") -> Reader:
    return Reader("Padaria Sol Ltda.", "America/Sao_Paulo", language)


def test_the_samples_cover_every_kind() -> None:
    assert set(FACTS) == set(KINDS)


@pytest.mark.rule("NOT-1")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_has_title_body_button_and_what_to_do_if_it_was_not_you(kind: str, language: str) -> None:
    said = word(kind, FACTS[kind], reader(language))

    texts = [said.title, *said.body, said.figure, said.caption, said.button, said.unexpected]
    assert all([said.title, *said.body, said.button, said.unexpected, said.page])
    assert not any("{" in text or "None" in text for text in texts)
    assert all(label and value for label, value in said.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_the_facts_that_a_kind_needs_are_enough_for_its_sentences(kind: str) -> None:
    said = word(kind, {name: FACTS[kind][name] for name in KINDS[kind].needs}, reader())
    assert said.title
    assert all(said.body)


@pytest.mark.rule("LIM-3", part="by e-mail to whom")
@pytest.mark.parametrize("kind", ["package_80", "package_100", "limit_90", "sending_blocked"])
def test_warnings_go_to_administrators_and_the_financial_contact(kind: str) -> None:
    """Who then gets it, and once: scenarios/test_limits."""
    assert set(KINDS[kind].audience) == {Audience.ADMINISTRATORS, Audience.FINANCIAL_CONTACT}


def test_figures_are_written_as_the_language_writes_them() -> None:
    facts = FACTS["invoice_issued"]

    assert word("invoice_issued", facts, reader("en")).figure == "R$1,900.00"
    assert word("invoice_issued", facts, reader("es")).figure == "R$\u00a01.900,00"
    assert word("invoice_issued", facts, reader("en")).caption == "due on 11 July 2026"


@pytest.mark.rule("PKG-3", part="statement")
def test_the_statement_says_what_expired_and_in_which_days() -> None:
    said = word("package_expired", FACTS["package_expired"], reader())

    # 100.00 less 80.30 is 19.70; the cycle [1 June, 1 July) of São Paulo ends on 30 June
    assert said.figure == "R$19.70"
    assert said.body[0] == "From 1 June 2026 to 30 June 2026 you used R$80.30 of R$100.00."
    assert ("Expired", "R$19.70") in said.rows


def test_a_change_shows_before_and_after() -> None:
    said = word("contract_changed", FACTS["contract_changed"], reader())
    assert said.figure == "R$700.00 → R$2,050.00"
    assert ("Channel package, before", "R$100") in said.rows
    assert ("Charged now", "R$1,350.00") in said.rows
    # 1,800.00 × 12/30
    explained = "Expert, 12 of 30 days: R$1,800.00 × 12/30 = R$720.00"
    assert ("Software plan Expert", explained) in said.rows
    assert ("Channel package raised to R$250", "R$150.00") in said.rows


def test_a_line_of_a_discount_says_what_it_adds_to_the_sum() -> None:
    """Its sentence says what is taken off: who adds the lines up would be wrong by twice of it."""
    off = {"kind": "plan_discount", "name": "Expert", "amount_minor": -390_00}
    how = {"code": "SOL10", "rate_micro": 100_000, "fee_minor": 3_900_00, "off_minor": -390_00}
    facts = {**FACTS["contract_changed"], "currency": "USD", "lines": [{**off, "calculation": how}]}
    rows = dict(word("contract_changed", facts, Reader("Padaria Sol", "America/Sao_Paulo", "en")).rows)
    said = rows["Discount on software plan Expert"]
    assert said == "−US$390.00 (SOL10: 10% of US$3,900.00 = US$390.00)"


def test_the_warning_says_what_happens_at_the_next_mark() -> None:
    facts = FACTS["package_80"]
    with_limit = word("package_80", facts, reader())
    without_overage = word("package_80", {**facts, "ceiling_micro": 100_000_000}, reader())
    unlimited = word("package_80", {**facts, "ceiling_micro": UNLIMITED}, reader())

    assert with_limit.title == "80% of the channel package is used"
    assert "up to R$200.00" in with_limit.body[-1]
    assert "sending stops" in without_overage.body[-1]
    assert "sending goes on" in unlimited.body[-1]
    assert ("Limit", "unlimited") in unlimited.rows


@pytest.mark.rule("LIM-4")
@pytest.mark.parametrize(
    ("payable", "bigger", "says", "leads_to"),
    [
        (True, True, "Two ways open it at once", "portal:home"),
        (True, False, "Pay what was used beyond the package: sending opens at once.", "portal:home"),
        (False, True, "A bigger package opens sending at once", "portal:change-plan"),
        (False, False, "It opens again with the next cycle.", "portal:usage"),
    ],
)
def test_the_block_leads_to_the_ways_out_that_work(
    payable: bool, bigger: bool, says: str, leads_to: str
) -> None:
    contract = "0193f3a0-0000-7000-8000-000000000001"
    facts = {**FACTS["sending_blocked"], "payable": payable, "bigger": bigger, "contract_id": contract}
    said = word("sending_blocked", facts, reader())
    assert said.body[-1].startswith(says)
    assert said.page == leads_to
    assert said.about == (("ctr_01jfst0000e008000000000001",) if leads_to == "portal:change-plan" else ())


@pytest.mark.rule("LIM-4")
@pytest.mark.parametrize("kind", ["package_80", "package_100", "limit_90", "sending_blocked"])
def test_nobody_is_told_to_raise_the_biggest_package(kind: str) -> None:
    for ceiling_micro in (100_000_000, 200_000_000):
        said = word(kind, {**FACTS[kind], "bigger": False, "ceiling_micro": ceiling_micro}, reader())
        assert not any("aise" in text or "bigger" in text for text in (*said.body, said.button))


@pytest.mark.rule("NOT-1", part="invoices and payments")
@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            {"card": "Visa •••• 4242", "charge_date": "2026-07-01"},
            "It is charged to Visa •••• 4242 on 1 July 2026. You need not do anything.",
        ),
        ({"no_card": True}, "There is no card in your wallet to charge: add one, and it is charged then."),
        ({"total_minor": 0}, "There is nothing to pay."),
    ],
)
def test_the_notice_of_an_invoice_says_how_it_is_paid(more: dict[str, object], says: str) -> None:
    assert word("invoice_issued", {**FACTS["invoice_issued"], **more}, reader()).body[-1] == says


@pytest.mark.rule("CHG-2", part="e-mail before and after")
def test_a_step_down_says_from_when_on_and_that_it_can_be_withdrawn() -> None:
    said = word("change_scheduled", FACTS["change_scheduled"], reader())
    assert said.title == "Your contract changes on 1 July 2026"
    assert said.body[0] == (
        "From 1 July 2026 on software plan Starter and channel package R$100 hold. Until then everything stays as it is,"
        " and you can withdraw the change."
    )
    assert ("Begins on", "1 July 2026") in said.rows
    both = {**FACTS["contract_changed"], **FACTS["change_scheduled"]}
    assert (
        word("contract_changed", both, reader())
        .body[-1]
        .startswith("From 1 July 2026 on it is software plan Starter")
    )


@pytest.mark.rule("PKG-3", part="statement")
def test_the_statement_names_what_is_set_aside_and_leads_to_its_cycle() -> None:
    said = word("package_expired", {**FACTS["package_expired"], "held_micro": 5_000_000}, reader())
    assert ("Set aside", "R$5.00") in said.rows
    assert said.body[-1].startswith("R$5.00 is set aside for sends that are not confirmed yet")
    assert (said.page, said.query) == ("portal:usage", "?cycle=2026-06-01")
    assert "Set aside" not in dict(word("package_expired", FACTS["package_expired"], reader()).rows)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "The new cycle begins with the whole package."),
        ({"next": "restricted"}, "The new cycle begins restricted, without a package"),
        ({"next": "none"}, "What is left of the package at the end of the cycle is lost."),
        ({"next": "none", "held_micro": 5_000_000}, "R$5.00 is set aside"),
    ],
)
def test_the_statement_promises_no_package_that_the_next_cycle_has_not(
    more: dict[str, object], says: str
) -> None:
    assert word("package_expired", {**FACTS["package_expired"], **more}, reader()).body[-1].startswith(says)


def test_a_restriction_that_was_told_before_it_could_end_the_contract_is_still_readable() -> None:
    said = word("contract_restricted", {"number": "2026-000042-7", "cause": "debt"}, reader())
    assert said.body[-1].startswith("An invoice has been overdue for too long. Once it is paid")


@pytest.mark.rule("WAL-6")
@pytest.mark.parametrize(
    ("hint", "says"),
    [
        ("number", "number"),
        ("expiry", "expired"),
        ("cvv", "security code"),
        ("online", "online"),
        ("balance", "balance"),
        ("issuer", "bank"),
        ("", "bank"),
    ],
)
def test_a_failed_payment_names_the_likely_reason(hint: str, says: str) -> None:
    said = word("payment_failed", {**FACTS["payment_failed"], "hint": hint}, reader())

    assert says in said.body[-1]


def test_the_button_of_an_invoice_leads_to_that_invoice_where_it_is_known() -> None:
    reader = Reader("Padaria Sol", "America/Sao_Paulo", "en")
    facts = FACTS["payment_received"]
    known = word("payment_received", {**facts, "invoice_id": "0193f3a0-0000-7000-8000-000000000001"}, reader)
    assert (known.page, known.about) == ("portal:invoice", ("inv_01jfst0000e008000000000001",))
    unknown = word("payment_received", facts, reader)  # told before the notice knew it
    assert (unknown.page, unknown.about) == ("portal:financial", ())


@pytest.mark.parametrize("kind", ["sends_uncovered", "uncovered_to_decide"])
def test_uncovered_sends_without_a_price_come_to_no_amount(kind: str) -> None:
    facts = FACTS[kind]
    priced, none = (word(kind, facts | more, reader()) for more in ({}, {"priced": 0, "total_micro": 0}))
    assert "Value of those" in dict(priced.rows)
    assert "Value of those" not in dict(none.rows)
    assert dict(none.rows)["Of these with a price"] == "0"
    assert "None of them has a price" in " ".join(none.body)
