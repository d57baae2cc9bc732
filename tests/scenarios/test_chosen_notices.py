"""Each customer chooses who is told of what by e-mail; in the product everything is told (NOT-1)."""

from __future__ import annotations

import pytest

from abono.domain.notices import queries
from abono.domain.notices.errors import NobodyWouldHear, NoSuchNotice
from abono.domain.notices.models import Email
from abono.domain.notices.types import Audience
from abono.flows.choose_notices import choose_notices
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.platform import events
from tests.world import JUNE_1, Tenant, make_padaria, use

ANA, FABIANA = "ana@padaria.example", "financeiro@padaria.example"


ALL = frozenset(Audience)


def _choose(padaria: Tenant, *told: Audience, kind: str = "package_80") -> bool:
    return choose_notices(
        customer_id=padaria.customer_id, told={kind: frozenset(told)}, actor="person:ana", now=JUNE_1
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
    _choose(padaria, Audience.FINANCIAL_CONTACT)
    assert _told(padaria) == [FABIANA]


def test_it_can_be_turned_on_again_and_other_kinds_are_as_they_were() -> None:
    padaria = make_padaria()
    assert _choose(padaria, Audience.ADMINISTRATORS, kind="package_100") is True
    assert [_choose(padaria, *told) for told in ([Audience.ADMINISTRATORS], ALL, ALL)] == [True, True, False]
    assert _told(padaria) == [ANA, FABIANA]
    chosen = [
        one for one in events.page(customer_id=padaria.customer_id, limit=99) if one.name == "notices.chosen"
    ]
    both, one = ["administrators", "financial_contact"], ["administrators"]
    assert [(row.before, row.after) for row in chosen] == [
        ({"package_80": one}, {"package_80": both}),
        ({"package_80": both}, {"package_80": one}),
        ({"package_100": both}, {"package_100": one}),
    ]


def test_somebody_has_to_be_told_and_a_refusal_changes_nothing() -> None:
    padaria = make_padaria()
    _choose(padaria, Audience.FINANCIAL_CONTACT)
    with pytest.raises(NobodyWouldHear):
        _choose(padaria)
    with pytest.raises(NoSuchNotice):
        _choose(padaria, *ALL, kind="weather")
    assert _told(padaria) == [FABIANA]
