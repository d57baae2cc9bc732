"""What the invoices of a cycle ask for is what the usage page says that it costs, line by line (INV-3)."""

from __future__ import annotations

from collections import Counter

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.kernel.ids import public
from abono.platform import clock, formats
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.acts import block
from tests.entrypoints.portal.reading import pays, signed_in, words
from tests.entrypoints.portal.test_usage import interact
from tests.work import renew_due
from tests.world import DAY, HOUR, change, make_padaria, use


@pytest.mark.rule("INV-3", part="equals the usage page")
@pytest.mark.rule("FIN-5", part="cost and projection")
def test_an_interim_a_step_up_and_what_is_used_after_it_add_up_to_the_page(signed_at) -> None:
    """Blocked and paid, on to Professional five days later, then 40 SMS more; no contact is extra any more."""
    padaria = make_padaria(now=signed_at)
    cycle = padaria.contract
    ana = signed_in("ana@padaria.example")
    block(padaria, signed_at + HOUR)
    [interim] = invoices.pending(customer_id=padaria.customer_id)
    pays(ana, f"/en/settings/financial/{interim.public_id}/pay/")
    interact(padaria, 502, signed_at + HOUR)
    change(padaria, plan="professional", now=signed_at + 5 * DAY)
    use(padaria.contract_id, 40, channel="sms", kind="message", at=signed_at + 6 * DAY)

    page = words(ana.get("/en/usage/"))
    contract_id, day = public("ctr", padaria.contract_id), cycle.adhesion_date.isoformat()
    told: Counter[str] = Counter()
    for line in program(padaria.customer_id).get(f"/contracts/{contract_id}/cycles/{day}").json()["costs"]:
        told[line["kind"]] += line["amount_minor"]

    renew_due(now=cycle.cycle_end, customer_id=padaria.customer_id)
    asked: Counter[str] = Counter()
    for one in invoices.list_for_customer(padaria.customer_id):
        for line in one.lines:
            if line.period_end == cycle.cycle_end and line.kind is not LineKind.ACTIVATION:
                asked[line.kind.value] += line.amount_minor
    assert asked["overage"] == 99_65 + 4_00
    assert +told == +asked
    total = formats.minor(sum(asked.values()), "BRL", "en")
    assert f"Cost of this cycle so far {total}" in page


@pytest.mark.rule("INV-3", part="equals the usage page")
def test_a_package_that_was_left_names_the_use_of_its_cycle(signed_at) -> None:
    """R$250 until the cycle's end, R$100 afterwards: what went beyond is of the one that was there."""
    padaria = make_padaria(now=signed_at - 31 * DAY, package="brl-250")
    cycle = padaria.contract
    use(padaria.contract_id, 600, at=cycle.cycle_start + DAY)
    change(padaria, package="brl-100", now=cycle.cycle_start + 2 * DAY)
    renew_due(now=clock.now(), customer_id=padaria.customer_id)
    billed = invoices.find(padaria.contract_id, key="cycle:1")
    assert billed is not None
    names = {line.kind: line.name for line in billed.lines}
    assert (names[LineKind.PACKAGE], names[LineKind.OVERAGE]) == ("brl-100", "brl-250")
