"""`abono second-proof`: the last of the seller's people who is locked out, and anybody else (ACC-3)."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from abono.domain.identity import factors
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import signed_in, words
from tests.entrypoints.site.test_factors import CODE, SECURITY, password
from tests.work import run_jobs
from tests.world import SEED, make_olga

OLGA = "olga@abono.example"


def second_proof(*arguments: str) -> str:
    out = StringIO()
    call_command("second_proof", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.mark.rule("ACC-3", part="second factor")
@pytest.mark.django_db
def test_the_last_of_the_sellers_people_gets_in_again_and_adds_another_one() -> None:
    olga = make_olga()
    factors.give(person_id=olga, secret=SEED, recovery_codes=["aaaa"], now=clock.now())
    hers = signed_in(OLGA)
    assert second_proof("show", OLGA).endswith("passkeys 0  recovery codes 1")
    assert second_proof("remove", "Olga@abono.example", "--why", "Lost her telephone.") == (
        "removed: codes, recovery_codes"
    )
    assert second_proof("show", OLGA) == "codes no  passkeys 0  recovery codes 0"
    assert hers.get("/en/back-office/invoices/").status_code == 302
    told = Event.objects.filter(name="factor.removed").order_by("id")
    assert [(one.actor, one.why, one.data["kind"]) for one in told] == [
        ("cli", "Lost her telephone.", "codes"),
        ("cli", "Lost her telephone.", "recovery_codes"),
    ]
    run_jobs()
    [letter] = mail.outbox
    assert letter.to == [f"Olga Prado <{OLGA}>"]
    assert "Abono Demonstração Ltda. removeu" in letter.body
    client = Client()
    assert password(client, OLGA)["Location"] != CODE
    assert client.get("/en/back-office/invoices/")["Location"] == SECURITY
    assert "Add a second proof to go on." in words(client.get(SECURITY))


@pytest.mark.rule("ACC-3", part="second factor")
@pytest.mark.django_db
def test_what_is_wrong_is_said_and_nothing_is_removed() -> None:
    olga = make_olga()
    with pytest.raises(CommandError, match="nobody has the account"):
        second_proof("remove", "nobody@abono.example", "--why", "x")
    with pytest.raises(CommandError, match="--why"):
        second_proof("remove", OLGA)
    for why in (" ", "x" * 301):
        with pytest.raises(CommandError, match="say a reason"):
            second_proof("remove", OLGA, "--why", why)
    assert factors.of(olga).second
    second_proof("remove", OLGA, "--why", "x")
    with pytest.raises(CommandError, match="There is no second proof to remove"):
        second_proof("remove", OLGA, "--why", "x")
