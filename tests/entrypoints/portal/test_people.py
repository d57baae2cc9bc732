"""People of an organization: invited by mail, let in, changed, let out (LIC-5, ACC-1)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abono.domain.identity import actions as identity
from abono.domain.identity import invitations, members
from abono.domain.identity.actions import issue_key
from abono.domain.identity.models import Invitation, Membership, Person
from abono.domain.identity.types import Profile
from abono.domain.licences import queries
from abono.domain.notices.models import Notice
from abono.entrypoints.jobs.mail import send_emails
from abono.entrypoints.portal.people import table
from abono.entrypoints.site.access import ACCESS
from abono.flows.licences.said import Word
from abono.flows.people.invite import invite_member
from abono.kernel.errors import Refusal
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from abono.platform.models import Event, PersonalValues
from tests import sql
from tests.domain.licences.office import Office
from tests.entrypoints.portal.reading import hidden, menu, signed_in, words
from tests.entrypoints.site.test_factors import age
from tests.world import DAY, PASSWORD, make_olga

PEOPLE = "/en/settings/people/"
INVITE = f"{PEOPLE}invite/"
EVA = {"email": "Eva@padaria.example", "profile": "viewer", "language": "es"}


def sent_to(address: str) -> list[str]:
    """The links in the invitations that went to an address, oldest first; "" for a mail without one."""
    send_emails(0)
    found = [m for m in mail.outbox if address in m.to and "invit" in m.subject.lower() + m.body.lower()]
    return [
        (re.search(r"https?://[^/]+(/\S+/invitation/\S+)", str(one.body)) or ["", ""])[1] for one in found
    ]


def act(client: Client, invitation: Invitation, what: str) -> str:
    url = f"{PEOPLE}invitations/{public('ivt', invitation.id)}/{what}/"
    return words(client.post(url, follow=True))


@pytest.mark.rule("LIC-5", part="invited")
@pytest.mark.rule("LIC-5", part="uses nothing")
def test_somebody_new_is_invited_accepts_by_the_link_and_is_a_member(ana, padaria):
    assert words(ana.get(INVITE)).startswith("Invite somebody")
    before = Membership.objects.count()
    page = words(ana.post(INVITE, EVA, follow=True))
    assert "An invitation is on its way to eva@padaria.example. It serves for seven days." in page
    assert "Invited, not answered" in page
    ana.post(INVITE, EVA)  # pressed twice
    [link] = sent_to("eva@padaria.example")
    assert link.startswith("/es/")
    assert mail.outbox[-1].subject == "Ana Souza te invita a Padaria Sol Ltda."
    assert Membership.objects.count() == before
    assert not Person.objects.filter(email="eva@padaria.example").exists()
    assert "member_invited" not in ana.get("/en/notices/").content.decode()

    eva = Client()
    assert eva.get(link)["Location"] == "/es/invitation/"
    shown = eva.get("/en/invitation/")
    assert "Padaria Sol Ltda. invites you" in words(shown)
    assert link.rsplit("/", 2)[1] not in shown.content.decode()
    asked = {"invitation": hidden(shown, "invitation"), "answer": "accept"}
    assert "Type your name." in words(eva.post("/en/invitation/", asked))
    assert Membership.objects.count() == before
    onward = eva.post("/en/invitation/", {**asked, "name": "Eva Prado"})["Location"]
    chosen = eva.get(onward)["Location"]
    eva.post(chosen, {"password": PASSWORD, "again": PASSWORD})
    assert "Home" in menu(eva.get("/en/home/"))
    person = Person.objects.get(email="eva@padaria.example")
    assert (person.name, person.language) == ("Eva Prado", "es")
    assert members.get(person.id, padaria.customer_id).profile is Profile.VIEWER
    listed = words(ana.get(f"{PEOPLE}?text=eva@PADARIA"))
    assert "Eva Prado" in listed
    assert "Never" not in listed  # she was here just now
    assert Notice.objects.get(kind="member_joined").facts["name"] == "Eva Prado"
    invited = Event.objects.get(name="member.invited")
    assert "eva@" not in str((invited.after, invited.data))
    assert PersonalValues.objects.get(event=invited).after == {"email": "eva@padaria.example"}

    again = Client()
    again.get(link)
    assert "You accepted this invitation before" in words(again.get("/en/invitation/"))


@pytest.mark.rule("LIC-5", part="invited")
def test_who_has_an_account_accepts_signed_in_or_by_the_link_and_nobody_else_does(ana, padaria, luna):
    ana.post(INVITE, {**EVA, "email": "diego@luna.example", "profile": "agent"})
    [link] = sent_to("diego@luna.example")
    bruno = signed_in("bruno@padaria.example")
    bruno.get(link)
    page = words(bruno.get("/en/invitation/"))
    assert (
        "This invitation went to diego@luna.example. You are signed in here as bruno@padaria.example." in page
    )
    key = public("ivt", Invitation.objects.get().id)
    bruno.post("/en/invitation/", {"invitation": key, "answer": "accept"})
    assert Invitation.objects.get().answered_at is None
    assert "invites you" in words(bruno.post("/en/invitation/leave/", follow=True))

    diego = signed_in("diego@luna.example")
    assert "Padaria Sol Ltda. invites you" in words(diego.get("/en/invitation/"))
    diego.post("/en/invitation/", {"invitation": key, "answer": "accept"})
    assert diego.get("/en/notices/").status_code == 200
    assert members.get(luna.people["diego"], padaria.customer_id).profile is Profile.AGENT
    assert "Nothing waits for your answer" in words(diego.get("/en/invitation/"))


@pytest.mark.rule("LIC-5", part="again or withdrawn")
def test_sent_again_the_link_from_before_is_dead_and_withdrawn_both_are(ana, padaria):
    ana.post(INVITE, EVA)
    asked = Invitation.objects.get()
    assert "on its way to eva@padaria.example" in act(ana, asked, "again")
    old, new = sent_to("eva@padaria.example")
    late = Client()
    late.get(old)
    assert "a newer mail took its place" in words(late.get("/en/invitation/"))
    late.get(new)
    shown = late.get("/en/invitation/")
    assert "Padaria Sol Ltda. invites you" in words(shown)

    assert "is withdrawn" in act(ana, asked, "withdraw")
    late.post("/en/invitation/", {"invitation": hidden(shown, "invitation"), "answer": "accept", "name": "E"})
    page = words(late.get("/en/invitation/"))
    assert "This invitation was withdrawn" in page
    assert "ask an Administrator of Padaria Sol Ltda. for another invitation" in page
    assert not Person.objects.filter(email="eva@padaria.example").exists()
    assert "was answered or withdrawn before" in act(ana, asked, "again")
    names = Event.objects.filter(name__startswith="member.inv").order_by("id").values_list("name", flat=True)
    assert list(names) == ["member.invited", "member.invited_again", "member.invitation_withdrawn"]


@pytest.mark.rule("LIC-5", part="7 days")
def test_an_invitation_lasts_seven_days_and_can_be_sent_again_after_them(ana, padaria):
    made = invite_member(
        customer_id=padaria.customer_id,
        email="eva@padaria.example",
        profile=Profile.VIEWER,
        language="en",
        by="Ana",
        actor="ana",
        now=clock.now() - 7 * DAY + timedelta(minutes=1),
    )
    [link] = sent_to("eva@padaria.example")
    eva = Client()
    eva.get(link)
    assert "invites you" in words(eva.get("/en/invitation/"))
    Invitation.objects.update(expires_at=clock.now())
    page = words(eva.get("/en/invitation/"))
    assert "This invitation ran out" in page
    assert "Ask an Administrator of Padaria Sol Ltda. to send it again." in page
    assert "Ran out" in words(ana.get(PEOPLE))
    with pytest.raises(Refusal, match="does not exist"):
        invitations.answer(invitation_id=made.id, person_id=None, accept=False, now=clock.now())
    act(ana, Invitation.objects.get(), "again")
    [_old, new] = sent_to("eva@padaria.example")
    eva.get(new)
    assert "invites you" in words(eva.get("/en/invitation/"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "eva"}, "No e-mail can reach eva."),
        ({"email": ""}, "Write the e-mail address of the person."),
        ({"profile": ""}, "Choose what the person may do."),
        ({"email": "bruno@padaria.example"}, "belongs to a member of your organization already"),
        ({"email": "olga@abono.example"}, "cannot become a member here"),
        ({"email": "known@padaria.example"}, "is invited already, with another profile"),
    ],
)
def test_what_cannot_be_invited_is_said_and_nothing_is_sent(ana, padaria, typed, said):
    make_olga()
    ana.post(INVITE, {**EVA, "email": "known@padaria.example", "profile": "agent"})
    page = ana.post(INVITE, {**EVA, **typed})
    assert page.status_code in (409, 422)
    assert said in words(page)
    assert Invitation.objects.count() == 1


def test_one_address_is_mailed_five_times_a_day_and_strangers_guess_no_link(ana, padaria):
    ana.post(INVITE, EVA)
    asked = Invitation.objects.get()
    for _time in range(4):
        act(ana, asked, "again")
    assert "at most 5 mails a day go to one address" in act(ana, asked, "again")
    act(ana, asked, "withdraw")
    assert "at most 5 mails a day" in words(ana.post(INVITE, EVA))
    assert len(sent_to("eva@padaria.example")) == 5
    stranger = Client()
    tries = [
        stranger.get(f"/en/invitation/{public('ivt', uuid7())}.{'x' * 32}/").status_code for _n in range(25)
    ]
    assert tries[0] == 302
    assert tries[-1] == 429


def test_an_organization_cannot_mail_ever_more_addresses_by_withdrawing(ana, padaria):
    ana.post(INVITE, EVA)
    one = Invitation.objects.get()
    Invitation.objects.bulk_create(
        Invitation(
            customer_id=padaria.customer_id,
            email=f"p{n}@padaria.example",
            profile="agent",
            language="en",
            created_at=one.created_at,
            sent_at=one.sent_at,
            expires_at=one.expires_at,
            link_hash=one.link_hash,
            sendings=1,
            answered_at=one.created_at,
            accepted=False,
            withdrawn_by="ana",
        )
        for n in range(invitations.MOST_OPEN - 1)
    )
    typed = {**EVA, "email": "more@padaria.example"}
    assert "try again tomorrow" in words(ana.post(INVITE, typed))
    Invitation.objects.exclude(id=one.id).update(sent_at=clock.now() - DAY)
    assert "on its way to more@padaria.example" in words(ana.post(INVITE, typed, follow=True))
    assert [one.email for one in invitations.waiting(padaria.customer_id, real=clock.now(), limit=1)] == [
        "eva@padaria.example"
    ]
    Invitation.objects.filter(id=one.id).update(expires_at=clock.now())
    assert [one.email for one in invitations.waiting(padaria.customer_id, real=clock.now(), limit=1)] == [
        "more@padaria.example"
    ]


@pytest.mark.rule("ACC-1", part="profiles")
def test_no_old_invitation_makes_the_last_administrator_something_else(ana, padaria):
    """It went to a second address of hers, with which she signs in since."""
    ana.post(INVITE, {**EVA, "email": "ana@sol.example"})
    Person.objects.filter(id=padaria.people["ana"]).update(email="ana@sol.example")
    answer = {"invitation": public("ivt", Invitation.objects.get().id), "answer": "accept"}
    page = ana.post("/en/invitation/", answer)
    assert page.status_code == 409
    assert "belongs to a member of your organization already" in words(page)
    assert members.get(padaria.people["ana"], padaria.customer_id).profile is Profile.ADMINISTRATOR
    ana.post("/en/invitation/", {**answer, "answer": "decline"})
    assert "Nothing waits for your answer" in words(ana.get("/en/invitation/"))


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


@pytest.mark.rule("LIC-5", part="again or withdrawn")
@pytest.mark.rule("LIC-5", part="deactivated")
def test_whom_a_deactivated_administrator_invited_comes_in_by_another_invitation_alone(ana, padaria):
    bruno = public("usr", padaria.people["bruno"])
    ana.post(f"{PEOPLE}{bruno}/profile/", {"profile": "administrator"})
    signed_in("bruno@padaria.example").post(INVITE, {**EVA, "email": "bruno@home.example"})
    ana.post(INVITE, EVA)
    ana.post(f"{PEOPLE}{bruno}/deactivate/")
    his, hers = Invitation.objects.order_by("id")
    assert (his.withdrawn_by, his.accepted) == (f"person:{padaria.people['ana']}", False)
    assert hers.answered_at is None


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
    assert "In use 4 of 10" in page
    assert "Bruno Lima bruno@padaria.example" in page
    assert "their-own-17" in page
    freed = ana.post(f"{PEOPLE}in/free/", {"person": "their-own-17"}, follow=True)
    assert "The licence is free." in words(freed)
    assert "their-own-17" not in office.people
    assert office.beat("their-own-17").word is Word.FREED
    again = ana.post(f"{PEOPLE}in/free/", {"person": "their-own-17"}, follow=True)
    assert "this person is in no more" in words(again)
    crowd = office.fill(7)
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
    assert office.beat(bruno).word is Word.DEACTIVATED
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
