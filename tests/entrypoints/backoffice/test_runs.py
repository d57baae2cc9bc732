"""Billing runs as the seller sees them, on pages and over the API; what was given up is tried again (INV-1)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.billing_runs import queries as runs
from abono.domain.contracts.due import RENEW
from abono.domain.invoicing.models import Invoice
from abono.domain.notices.models import Email
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REVIEW_FOR
from abono.entrypoints.backoffice.runs import views
from abono.flows.billing import run as billing
from abono.kernel.ids import public
from abono.platform import agenda, clock
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import words
from tests.fakes import FakeGateway
from tests.scenarios.test_collecting import spoil
from tests.world import DAY, Tenant, load_catalog, make_padaria

pytestmark = [pytest.mark.django_db, pytest.mark.rule("INV-1")]
PAGE = "/en/back-office/runs/"


@pytest.fixture
def padaria(gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria(now=clock.now() - 40 * DAY)


def page_of(run: int = 0) -> str:
    return f"{PAGE}{runs.page(limit=5)[run].public_id}/"


def test_a_run_is_shown_while_it_goes_on_and_beside_the_one_before(olga: Client, padaria: Tenant) -> None:
    assert "There was none yet." in words(olga.get(PAGE))
    billing.run(now=clock.now())
    page = olga.get(page_of())
    said = words(page)
    assert "Ended" in said
    assert "Software plan 1 R$600.00" in said
    assert "hx-trigger" not in page.content.decode()

    make_padaria(now=clock.now() - 40 * DAY)
    shown: list[str] = []
    billing.run(now=clock.now(), watch=lambda _run: shown.append(olga.get(page_of()).content.decode()))
    assert 'hx-trigger="every 5s"' not in shown[-1]
    said = words(olga.get(page_of()))
    assert "in the run before 1 invoice, R$700.00" in said
    assert "Software plan 1 R$600.00 R$600.00" in said
    assert words(olga.get(PAGE)).count("R$700.00") == 2


def test_what_fell_to_nothing_leads_to_its_draft_as_long_as_it_is_in_review(
    olga: Client, padaria: Tenant
) -> None:
    set_value(setting=REVIEW_FOR, value=2 * DAY, actor="olga", why="a test", now=clock.now() - DAY)
    billing.run(now=clock.now())
    draft = Invoice.objects.get(reason="renewal")
    Invoice.objects.filter(id=draft.id).update(total_minor=100_00)  # a cycle that was cheap
    cycle_end = padaria.contract.cycle_end
    assert cycle_end is not None
    billing.run(now=cycle_end)
    page = olga.get(page_of())
    assert "Padaria Sol Ltda. In review" in words(page)
    assert "before: R$100.00 → after: R$700.00" in words(page)
    second = Invoice.objects.get(reason="renewal", key="cycle:2")
    assert f"/en/back-office/drafts/{public('inv', second.id)}/" in page.content.decode()


def test_what_was_given_up_is_tried_again_from_its_page_and_over_the_api(
    olga: Client, padaria: Tenant
) -> None:
    mended = spoil(padaria)
    now = clock.now()
    for minutes in (0, 1, 3):
        billing.run(now=now + minutes * DAY / 1440)
    said = words(olga.get(PAGE))
    assert "An unexpected fault. The log tells more of it, at that moment." in said
    assert "ValueError: cycles of a contract do not overlap" in said
    contract = public("ctr", padaria.contract_id)
    assert olga.post(f"{PAGE}again/", {"contract": "ctr_x"}).status_code == 404
    assert len(agenda.parked(RENEW)) == 1
    [first] = runs.page(limit=1)
    assert "See why" in words(olga.get(f"{PAGE}{first.public_id}/"))
    told = Email.objects.get(notice__kind="renewals_parked")
    assert (told.to_email, told.notice.facts) == ("olga@abono.example", {"parked": 1})

    assert olga.post(f"{PAGE}again/", {"contract": contract}).status_code == 302
    assert "1 renewal is tried again within a minute." in words(olga.get(PAGE))
    assert agenda.parked() == []
    assert "See why" not in words(olga.get(f"{PAGE}{first.public_id}/"))
    later = now + DAY
    for minutes in (0, 1, 3):
        billing.run(now=later + minutes * DAY / 1440)
    mended()
    sellers = program(None)
    assert sellers.post(f"/contracts/{contract}/renewal-again", once="x").status_code == 201
    assert billing.run(now=clock.now()) == 1
    assert padaria.contract.cycle_number == 1


def test_what_was_given_up_says_why_in_words_and_what_is_not_shown_is_counted(
    olga: Client, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fault in ("NotTheSum", "PeriodTwice", "PeriodMissing"):
        agenda.park(RENEW, subject=padaria.contract_id, key=fault, reason=f"{fault}: contract x")
    said = words(olga.get(PAGE))
    assert "The total of its invoice would not be the sum of the lines. NotTheSum: contract x" in said
    assert "Another renewal has billed the package of the same cycle already." in said
    assert "Its cycle does not begin where the one before it ended, or has no balance." in said
    assert "Shown are" not in said
    monkeypatch.setattr(views, "PARKED_SHOWN", 2)
    assert "Shown are the 2 of 3 that were given up first." in words(olga.get(PAGE))


def test_programs_of_the_seller_read_runs_and_nobody_elses_do(padaria: Tenant) -> None:
    billing.run(now=clock.now())
    sellers = program(None)
    [run] = sellers.get("/billing-runs").json()["items"]
    assert (run["renewed"], run["left"], run["given_up"]) == (1, 0, 0)
    assert run["billed"] == [
        {
            "currency": "BRL",
            "invoices": 1,
            "total_minor": 700_00,
            "kinds": [
                {"kind": "plan", "lines": 1, "amount_minor": 600_00},
                {"kind": "package", "lines": 1, "amount_minor": 100_00},
            ],
        }
    ]
    detail = sellers.get(f"/billing-runs/{run['id']}").json()
    assert detail == run | {"stands_out": 0, "standing_out": []}
    [event] = sellers.get("/events", name="billing_run.finished").json()["items"]
    assert event["subject"] == {"type": "billing_run", "id": run["id"]}

    theirs = program(padaria.customer_id)
    assert theirs.get("/billing-runs").status_code == 403
    assert theirs.get(f"/billing-runs/{run['id']}").status_code == 404
    assert theirs.get("/events", name="billing_run.finished").json()["items"] == []
