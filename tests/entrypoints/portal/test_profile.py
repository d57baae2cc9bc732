"""Profile: who one is, and looking at another organization of one's own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from abono.domain.identity import queries as identity
from abono.kernel.ids import public, uuid7
from tests.entrypoints.portal.reading import menu, words
from tests.world import PADARIA, Tenant, chief, sign

PAGE = "/en/profile/"
SWITCH = "/en/profile/organization/"


@pytest.fixture
def centro(padaria, signed_at):
    """A second organization of Ana's, with its own contract (CON-7)."""
    signed = sign(
        customer=replace(PADARIA, legal_name="Padaria Sol Centro Ltda."), package="brl-500", now=signed_at
    )
    return Tenant(signed.customer_id, signed.contract_id, {"ana": chief(signed)})


@pytest.mark.parametrize(
    ("who", "name", "role"), [("ana", "Ana Souza", "Administrator"), ("carla", "Carla Lima", "Agent")]
)
def test_everybody_sees_their_own_profile(who, name, role, request):
    said = words(request.getfixturevalue(who).get(PAGE))
    assert f"{name} E-mail {who}@padaria.example Organization Padaria Sol Ltda. Profile {role}" in said
    assert "Your organizations" not in said


def test_the_language_is_kept_with_the_person(carla, padaria):
    answer = carla.post(reverse("portal:set-language"), {"language": "es", "next": PAGE})
    assert answer["Location"] == "/es/profile/"
    assert identity.person(padaria.people["carla"]).language == "es"


@pytest.mark.rule("CON-7", part="data and access never mix")
def test_one_person_looks_at_one_organization_at_a_time(ana, padaria, centro):
    assert "Padaria Sol Centro Ltda. Administrator Switch to Padaria Sol Centro Ltda." in words(ana.get(PAGE))
    ana.post(SWITCH, {"organization": public("cus", centro.customer_id)})
    home = ana.get("/en/home/")
    assert "Specialist with channel package R$500" in words(home)
    assert centro.contract.number in words(home)
    assert padaria.contract.number not in words(home)
    assert "Organization: Padaria Sol Centro Ltda." in menu(home)


@pytest.mark.rule("ACC-2")
def test_only_ones_own_organizations_exist(ana, padaria, luna):
    for wanted in (public("cus", luna.customer_id), public("cus", uuid7()), "cus_0", "", "\0", "9" * 21):
        assert ana.post(SWITCH, {"organization": wanted}).status_code == 404
    assert padaria.contract.number in words(ana.get("/en/home/"))


@pytest.mark.rule("ACC-2")
@pytest.mark.rule("CON-7", part="data and access never mix")
def test_an_organization_that_is_not_looked_at_is_as_foreign_as_any_other(ana, padaria, centro):
    """What belongs to the other organization of the same person is not mixed in (CON-7)."""
    ana.post(SWITCH, {"organization": public("cus", centro.customer_id)})
    assert ana.get(f"/en/settings/contracts/{padaria.contract.public_id}/change/").status_code == 404
