"""An organization's invitations: sent, again, withdrawn, accepted or declined, by their link or signed in (LIC-5)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from abono.domain.identity import invitations, members
from abono.domain.identity.models import Invitation, Membership, Person
from abono.domain.identity.types import Profile
from abono.domain.notices.models import Notice
from abono.entrypoints.jobs.mail import send_emails
from abono.flows.people.invite import invite_member
from abono.kernel.errors import Refusal
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from abono.platform.models import Event, PersonalValues
from tests.entrypoints.portal.reading import hidden, menu, signed_in, words
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


@pytest.mark.rule("LIC-5", part="again or withdrawn")
def test_an_invitation_is_that_of_who_sent_it_last(ana, padaria):
    bruno = public("usr", padaria.people["bruno"])
    ana.post(f"{PEOPLE}{bruno}/profile/", {"profile": "administrator"})
    ana.post(INVITE, EVA)
    invitation = Invitation.objects.get()
    signed_in("bruno@padaria.example").post(f"{PEOPLE}invitations/{public('ivt', invitation.id)}/again/")
    ana.post(f"{PEOPLE}{bruno}/deactivate/")
    invitation.refresh_from_db()
    assert invitation.withdrawn_by == f"person:{padaria.people['ana']}"
