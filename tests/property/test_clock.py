"""A sandbox's clock gets to a moment in one go or in any number of steps, and everything is the same (TIM-2)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from hypothesis import Phase, given
from hypothesis import strategies as st

from abono.domain.credit.models import Entry
from abono.domain.customers.models import Advance
from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.domain.journal.models import Posting
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Email, Notice
from abono.flows.advance_clock import advance_clock
from abono.platform import clock
from abono.platform.models import Due, Event
from tests.examples import through_the_database
from tests.scenarios.test_campaigns import SMS
from tests.scenarios.test_campaigns import hold as hold_campaign
from tests.world import DAY, HOUR, Tenant, hold, make_padaria, use

pytestmark = pytest.mark.django_db
DAYS = 100
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b")

steps = st.lists(st.integers(1, DAYS * 24 - 1), max_size=8, unique=True).map(sorted)


class Again(Exception):
    """The database is to be as it was before."""


@pytest.fixture
def began() -> datetime:
    return clock.now().replace(microsecond=0)


@pytest.fixture
def padaria(gateway: object, began: datetime) -> Tenant:
    """With use beyond the package, a campaign that nobody ends, and sends of which nobody says how they ended."""
    padaria = make_padaria(now=began, sandbox=True)
    use(padaria.contract_id, 200, at=began)
    hold(padaria.contract_id, count=3, at=began + HOUR)
    hold_campaign(padaria, (SMS, 10), now=began)
    return padaria


@pytest.mark.rule("TIM-2", part="same jobs, to quiet")
def test_one_go_and_any_steps_give_the_same_invoices_balances_events_and_notices(
    padaria: Tenant, began: datetime
) -> None:
    end = began + DAYS * DAY
    at_once = after(padaria, [end], began)
    assert len(at_once["invoices"]) == 4  # the first, and one for each of three months
    assert not Advance.objects.exists()

    @through_the_database(10, phases=[Phase.generate])
    @given(steps)
    def the_same(hours: list[int]) -> None:
        ways = [began + timedelta(hours=one) for one in hours]
        assert after(padaria, [*ways, end], began) == at_once

    the_same()


def after(padaria: Tenant, ways: Sequence[datetime], real: datetime) -> dict[str, list[str]]:
    """What there is once the clock went these ways; then the database is as it was before."""
    found: dict[str, list[str]] = {}
    try:
        with transaction.atomic():
            for to in ways:
                gone = advance_clock(customer_id=padaria.customer_id, to=to, actor="ana", real=real)
                assert gone.arrived_at is not None
            found = _everything(padaria.customer_id, padaria.contract_id)
            raise Again
    except Again:
        return found


def _everything(customer_id: UUID, contract_id: UUID) -> dict[str, list[str]]:
    """All of it, without the ids that are made anew each time and the stops of the clock."""
    mine = {"customer_id": customer_id}
    rows = {
        "invoices": Invoice.objects.filter(**mine),
        "lines": InvoiceLine.objects.filter(invoice__customer_id=customer_id),
        "credit": Entry.objects.filter(contract_id=contract_id),
        "postings": Posting.objects.all(),
        "notices": Notice.objects.filter(**mine),
        "mails": Email.objects.filter(notice__customer_id=customer_id),
        "events": Event.objects.filter(**mine).exclude(name="customer.clock_moved"),
        "due": Due.objects.filter(**mine, own_clock=True),
    }
    found = {name: [_plain(row) for row in those.order_by("id").values()] for name, those in rows.items()}
    return {**found, "balances": [str(one) for one in metering.cycles(contract_id)]}


def _plain(row: dict[str, object]) -> str:
    passing = {"id", "held_until", "lease", "recorded_at"}  # by real time
    kept = {name: value for name, value in row.items() if name not in passing}
    return _ID.sub("an id", json.dumps(kept, cls=DjangoJSONEncoder))
