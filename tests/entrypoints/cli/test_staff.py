"""`abono staff`: who may open the back office (ACC-5)."""

from __future__ import annotations

from io import StringIO
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from abono.domain.identity import staff as colleagues
from abono.platform.models import Event
from tests.entrypoints.portal.reading import begin
from tests.world import PASSWORD, Tenant, give_codes

PAGE = "/en/back-office/metering/"


def staff(*arguments: str) -> str:
    out = StringIO()
    call_command("staff", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


@pytest.mark.django_db
def test_somebody_new_chooses_a_password_and_gets_in_until_removed() -> None:
    address = urlsplit(staff("add", "Olga@abono.example", "--name", "Olga Prado"))
    client = Client()
    client.get(address.path)
    chosen = client.post("/en/set-password/", {"password": PASSWORD, "again": PASSWORD})
    assert chosen.status_code == 302, chosen.content
    assert client.get(PAGE)["Location"] == "/en/profile/security/"  # to add a second factor
    give_codes(UUID(client.session["_auth_user_id"]))
    begin(client)
    assert client.get(PAGE).status_code == 200
    assert "olga@abono.example  Olga Prado  owner" in staff("list")
    assert staff("add", "olga@abono.example", "--name", "Olga", "--role", "owner") == ""  # she has a password
    with pytest.raises(CommandError, match="say with --role as what"):
        staff("add", "otto@abono.example", "--name", "Otto")
    with pytest.raises(CommandError, match="Nobody else is an owner"):
        staff("remove", "olga@abono.example")
    staff("add", "otto@abono.example", "--name", "Otto", "--role", "owner", "--role", "billing")
    assert staff("remove", "olga@abono.example") == "removed"
    assert client.get(PAGE).status_code == 302
    assert staff("list").endswith("otto@abono.example  Otto  owner,billing")
    acts = Event.objects.filter(name__startswith="staff.").order_by("id")
    assert [(act.name, act.actor) for act in acts] == [
        ("staff.added", "cli"),
        ("staff.added", "cli"),
        ("staff.removed", "cli"),
    ]


@pytest.mark.django_db
def test_a_member_of_a_customer_does_not_work_for_the_seller_as_well(padaria: Tenant) -> None:
    with pytest.raises(CommandError, match="belongs to a member of a customer"):
        staff("add", "ana@padaria.example", "--name", "Ana", "--role", "owner")
    assert colleagues.colleagues() == []


@pytest.mark.django_db
def test_what_is_wrong_is_said() -> None:
    with pytest.raises(CommandError, match="no mail can reach"):
        staff("add", "olga", "--name", "Olga")
    with pytest.raises(CommandError, match="does not work for the seller"):
        staff("remove", "nobody@abono.example")
