"""People of an organization: changed, let out, seen while they are in (LIC-5, ACC-1, LIC-4, LIC-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abono.domain.identity import actions as identity
from abono.domain.identity.actions import issue_key
from abono.domain.identity.models import Membership, Person
from abono.domain.licences import queries
from abono.domain.notices.models import Notice
from abono.entrypoints.jobs.mail import send_emails
from abono.entrypoints.portal.people import table
from abono.entrypoints.site.access import ACCESS
from abono.flows.licences.said import Word
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event
from tests import sql
from tests.domain.licences.office import Office
from tests.entrypoints.portal.reading import menu, signed_in, words
from tests.entrypoints.site.test_factors import age
from tests.world import make_olga

PEOPLE = "/en/settings/people/"
INVITE = f"{PEOPLE}invite/"
EVA = {"email": "Eva@padaria.example", "profile": "viewer", "language": "es"}


@pytest.mark.rule("LIC-5", part="deactivated")
@pytest.mark.rule("LIC-5", part="deleted")
def test_who_is_deactivated_is_out_at_once_and_comes_back_who_is_deleted_is_gone(ana, padaria):
    bruno, his = signed_in("bruno@padaria.example"), public("usr", padaria.people["bruno"])
    assert bruno.get("/en/home/").status_code == 200
    page = ana.post(f"{PEOPLE}{his}/deactivate/", follow=True)
    assert "Bruno Lima is deactivated, and was signed out everywhere." in words(page)
    assert "/sign-in/" in bruno.get("/en/home/")["Location"]
    assert signed_in("bruno@padaria.example").get("/en/home/").status_code == 403
    assert "Bruno Lima" in words(ana.get(f"{PEOPLE}?show=deactivated"))
    assert "is brought back, not invited" in words(
        ana.post(INVITE, {**EVA, "email": "bruno@padaria.example"})
    )
    ana.post(f"{PEOPLE}{his}/reactivate/")
    bruno = signed_in("bruno@padaria.example")
    assert bruno.get("/en/home/").status_code == 200

    issue_key(
        name="Chat bot",
        customer_id=padaria.customer_id,
        scopes=("read",),
        expires_at=None,
        actor=f"person:{padaria.people['bruno']}",
        now=clock.now(),
    )
    for page in (f"{PEOPLE}{his}/", f"{PEOPLE}{his}/delete/"):
        assert "API keys that Bruno Lima made go on working: Chat bot." in words(ana.get(page))
    assert "This cannot be undone." in words(ana.get(f"{PEOPLE}{his}/delete/"))
    assert bruno.get("/en/home/").status_code == 200
    ana.post(f"{PEOPLE}{his}/delete/")
    assert "/sign-in/" in bruno.get("/en/home/")["Location"]
    assert ana.get(f"{PEOPLE}{his}/").status_code == 404
    assert ana.post(f"{PEOPLE}{his}/reactivate/").status_code == 404
    assert [event.name for event in Event.objects.filter(name__startswith="member.").order_by("id")][-3:] == [
        "member.deactivated",
        "member.reactivated",
        "member.deleted",
    ]
    told = Notice.objects.filter(kind="member_changed").order_by("id")
    assert [one.facts["what"] for one in told] == ["deactivated", "reactivated", "deleted"]
    send_emails(0)
    assert [m.to for m in mail.outbox].count(["Bruno Lima <bruno@padaria.example>"]) == 3


@pytest.mark.rule("ACC-1", part="profiles")
def test_the_last_administrator_stays_one_and_another_one_may_go(ana, padaria):
    hers, his = (public("usr", padaria.people[name]) for name in ("ana", "bruno"))
    for what, body in (("profile", {"profile": "agent"}), ("deactivate", {}), ("delete", {})):
        page = words(ana.post(f"{PEOPLE}{hers}/{what}/", body, follow=True))
        assert "Ana Souza is the only Administrator. Make somebody else one first" in page
    assert (
        "administrator from now on"
        in words(ana.post(f"{PEOPLE}{his}/profile/", {"profile": "administrator"}, follow=True)).lower()
    )
    bruno = signed_in("bruno@padaria.example")
    assert "Plans and contracts" in menu(bruno.get("/en/home/"))
    assert ana.post(f"{PEOPLE}{hers}/profile/", {"profile": "agent"})["Location"] == "/en/notices/"
    assert ana.get(PEOPLE).status_code == 403
    assert ana.get("/en/notices/").status_code == 200
    bruno.post(f"{PEOPLE}{hers}/profile/", {"profile": "administrator"})
    gone = bruno.post(f"{PEOPLE}{his}/delete/", follow=True)  # himself
    assert "Bruno Lima is a member no longer." in words(gone)
    assert Event.objects.filter(name="member.profile_changed").count() == 3


def test_people_of_others_do_not_exist_and_what_changes_people_asks_a_fresh_proof(ana, padaria, luna):
    diegos = public("usr", luna.people["diego"])
    assert ana.get(f"{PEOPLE}{diegos}/").status_code == 404
    assert ana.post(f"{PEOPLE}{diegos}/delete/").status_code == 404
    age(ana, timedelta(minutes=16))
    his = public("usr", padaria.people["bruno"])
    for page in (INVITE, f"{PEOPLE}{his}/deactivate/", f"{PEOPLE}{his}/delete/"):
        assert "/sign-in/again/" in ana.post(page)["Location"]
    assert Membership.objects.filter(deactivated_at=None).count() == 4


@pytest.mark.rule("ACC-1", part="one table")
def test_the_table_that_people_read_is_the_one_that_decides(ana, padaria):
    of_members = {name for name, rule in ACCESS.items() if rule.members}
    shown = [page for _what, names in table.ROWS for page in table.pages(names)]
    assert sorted(shown) == sorted(of_members)
    for _what, names in table.ROWS:
        assert len({ACCESS[page].members for page in table.pages(names)}) == 1, names
    page = words(ana.get(PEOPLE))
    assert "See Home Yes Yes – No" in page
    assert "Invite people, change and end what they may, free and keep licences Yes – No – No" in page


def test_a_page_of_five_thousand_people_asks_the_database_as_often_as_one_of_three(ana, padaria):
    now = clock.now()
    people = [
        Person(email=f"p{n}@padaria.example", name=f"Pessoa {n:04}", language="pt-br", created_at=now)
        for n in range(5_000)
    ]
    Person.objects.bulk_create(people)
    Membership.objects.bulk_create(
        Membership(person=one, customer_id=padaria.customer_id, profile="agent", since=now) for one in people
    )
    sql.run("ANALYZE identity_person, identity_membership")  # as autovacuum does
    assert "1 to 30 of 5,003" in words(ana.get(PEOPLE))
    last = words(ana.get(f"{PEOPLE}?page=167"))
    assert "4,981 to 5,003 of 5,003" in last
    for query in ("", "?page=60", "?text=pessoa 4999", "?show=agent&page=2"):
        with CaptureQueriesContext(connection) as asked:
            assert ana.get(f"{PEOPLE}{query}").status_code == 200
        assert len(asked.captured_queries) <= 10, query
    assert ana.get(f"{PEOPLE}?page=99999&text=%00").status_code == 200


@pytest.mark.rule("LIC-4", part="seen and freed")
@pytest.mark.rule("LIC-5", part="deactivated")
@pytest.mark.rule("LIC-5", part="deleted")
def test_who_is_in_is_seen_and_freed_and_is_out_once_they_are_no_member(ana, padaria):
    office = Office(padaria, clock.now())
    bruno, carla = (public("usr", padaria.people[name]) for name in ("bruno", "carla"))
    assert "Nobody is in now." in words(ana.get(f"{PEOPLE}in/"))
    for person in (bruno, "carla@padaria.example", carla, "their-own-17"):
        assert office.claim(person).word is Word.GRANTED
    page = words(ana.get(f"{PEOPLE}in/"))
    assert "In use 3 of 10" in page  # Carla is one person, by id and by address
    assert "Bruno Lima bruno@padaria.example" in page
    assert "their-own-17" in page
    freed = ana.post(f"{PEOPLE}in/free/", {"person": "their-own-17"}, follow=True)
    assert "The licence is free." in words(freed)
    assert "their-own-17" not in office.people
    assert office.beat("their-own-17").word is Word.FREED
    again = ana.post(f"{PEOPLE}in/free/", {"person": "their-own-17"}, follow=True)
    assert "this person is in no more" in words(again)
    crowd = office.fill(8)
    assert office.wait("their-own-18").word is Word.WAITING
    page = words(ana.get(f"{PEOPLE}in/"))
    assert "In use 10 of 10 Waiting 1 Buy licences or change the plan" in page
    assert "1. their-own-18 since" in page
    page = words(ana.post(f"{PEOPLE}in/free/", {"person": crowd[0]}, follow=True))
    assert "In use 9 of 10 Set aside 1 Waiting 0" in page
    assert "a licence is set aside for them" in page
    assert "9 in use, of 10 owned · one set aside" in words(ana.get("/en/home/"))
    for person in ("their-own-18", *crowd[1:]):
        office.leave(person)
    was = "bruno.lima@padaria.example"  # the platform goes on by an address from before
    assert office.claim(was).word is Word.GRANTED
    identity.change_email(
        person_id=padaria.people["bruno"],
        before="bruno@padaria.example",
        after=was,
        keep="",
        actor="",
        now=office.now,
    )
    identity.change_email(
        person_id=padaria.people["bruno"],
        before=was,
        after="b@padaria.example",
        keep="",
        actor="",
        now=office.now,
    )
    ana.post(f"{PEOPLE}{bruno}/deactivate/")
    ana.post(f"{PEOPLE}{carla}/delete/")
    assert office.people == []
    for person in (bruno, carla):
        assert office.beat(person).word is Word.DEACTIVATED
    for person in (bruno, "B@padaria.example", was, carla, "carla@padaria.example"):
        for asks in (office.claim, office.wait):
            assert asks(person, "a new sign-in").word is Word.DEACTIVATED
    ana.post(f"{PEOPLE}{bruno}/reactivate/")
    for person in (bruno, was):
        assert office.claim(person, "a new sign-in").word is Word.GRANTED
    assert office.claim("carla@padaria.example").word is Word.DEACTIVATED


@pytest.mark.rule("LIC-9", part="at most what is owned")
def test_an_administrator_keeps_licences_for_a_group_and_never_more_than_are_owned(ana, padaria, bruno):
    kept = f"{PEOPLE}kept/"
    assert "Licences that you own 10 Kept for groups 0 For everybody 10" in words(ana.get(kept))
    save = f"{kept}save/"
    page = words(ana.post(save, {"group_0": "supervisors", "licences_0": "4"}, follow=True))
    assert "Saved. It holds from the next sign-in on." in page
    assert "Kept for groups 4 For everybody 6" in page
    assert "In use 0 of 10 Kept for groups 4 Waiting 0" in words(ana.get(f"{PEOPLE}in/"))
    both = {"group_0": "supervisors", "licences_0": "4", "group_1": "agent", "licences_1": "7"}
    answer = ana.post(save, both)
    assert answer.status_code == 422
    assert "11 licences would be kept, and the contract owns 10: keep fewer, or buy some first." in words(
        answer
    )
    for wrong, says in (
        ({"group_0": "Bosses!", "licences_0": "1"}, "Only a to z"),
        ({"licences_0": "1"}, "Say for whom they are."),
        ({**both, "group_1": "supervisors"}, "This group stands here twice."),
        ({"group_0": "a", "licences_0": "-1"}, "0"),
    ):
        answer = ana.post(save, wrong)
        assert answer.status_code == 422
        assert says in words(answer)
    assert bruno.get(kept).status_code == 403
    assert bruno.post(save, {}).status_code == 403
    assert queries.kept(padaria.contract_id) == {"supervisors": 4}
    make_olga()
    olga = signed_in("olga@abono.example")
    assert "4 kept for supervisors" in words(
        olga.get(f"/en/back-office/contracts/{public('ctr', padaria.contract_id)}/")
    )
    page = words(ana.post(save, {"group_0": "supervisors", "licences_0": ""}, follow=True))
    assert "Kept for groups 0 For everybody 10" in page
