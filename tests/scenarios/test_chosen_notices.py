"""Each customer chooses who is told of what by e-mail; in the product everything is told (NOT-1)."""

from __future__ import annotations

import pytest

from abono.domain.notices import actions as notices
from abono.domain.notices import queries
from abono.domain.notices.errors import NobodyWouldHear, NoSuchNotice
from abono.domain.notices.models import Email
from abono.domain.notices.types import Audience
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.platform import events
from tests.world import JUNE_1, Tenant, make_padaria, use

ANA, FABIANA = "ana@padaria.example", "financeiro@padaria.example"


def _choose(padaria: Tenant, audience: Audience, wanted: bool, kind: str = "package_80") -> None:
    notices.choose(
        customer_id=padaria.customer_id,
        kind=kind,
        audience=audience,
        wanted=wanted,
        actor="person:ana",
        now=JUNE_1,
    )


def _told(padaria: Tenant, kind: str = "package_80") -> list[str]:
    use(padaria.contract_id, 150)  # 82.50 of 100 reais
    tell_thresholds()
    assert "package_80" in {notice.kind for notice in queries.list_for(padaria.customer_id, "en")}
    mails = Email.objects.filter(notice__customer_id=padaria.customer_id, notice__kind=kind)
    return sorted(mails.values_list("to_email", flat=True))


def test_as_delivered_administrators_and_financial_contact_hear() -> None:
    assert _told(make_padaria()) == [ANA, FABIANA]


def test_what_is_turned_off_for_some_is_told_to_the_others_and_in_the_product() -> None:
    padaria = make_padaria()
    _choose(padaria, Audience.ADMINISTRATORS, False)
    assert _told(padaria) == [FABIANA]


def test_it_can_be_turned_on_again_and_other_kinds_are_as_they_were() -> None:
    padaria = make_padaria()
    _choose(padaria, Audience.FINANCIAL_CONTACT, False, kind="package_100")
    for wanted in (False, True, True):
        _choose(padaria, Audience.FINANCIAL_CONTACT, wanted)
    assert _told(padaria) == [ANA, FABIANA]
    chosen = [
        one for one in events.page(customer_id=padaria.customer_id, limit=99) if one.name == "notice.chosen"
    ]
    assert [(one.data["kind"], one.before, one.after) for one in chosen[:2]] == [
        ("package_80", {"told": ["administrators"]}, {"told": ["administrators", "financial_contact"]}),
        ("package_80", {"told": ["administrators", "financial_contact"]}, {"told": ["administrators"]}),
    ]
    assert len(chosen) == 3  # the same again is no change


def test_the_last_who_hear_of_something_cannot_be_silenced() -> None:
    padaria = make_padaria()
    _choose(padaria, Audience.ADMINISTRATORS, False)
    with pytest.raises(NobodyWouldHear):
        _choose(padaria, Audience.FINANCIAL_CONTACT, False)
    with pytest.raises(NoSuchNotice):
        _choose(padaria, Audience.ADMINISTRATORS, False, kind="weather")
    assert _told(padaria) == [FABIANA]
