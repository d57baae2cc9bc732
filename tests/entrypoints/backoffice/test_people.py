"""Back office › People: who works for the seller (ACC-5)."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import override

from abono.domain.identity import actions as identity
from abono.domain.identity import keys, staff
from abono.domain.identity import queries as people
from abono.domain.identity.models import Person, StaffRole
from abono.domain.identity.roles import Role
from abono.domain.notices import actions as notices
from abono.entrypoints.site import links
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import signed_in, words
from tests.world import PASSWORD, give_codes, make_colleague, make_olga

pytestmark = pytest.mark.django_db
PAGE = "/en/back-office/people/"
OTTO = {"name": "Otto Brandão", "email": "otto@abono.example", "language": "pt-br", "roles": ["billing"]}


def send_mail() -> list[mail.EmailMessage]:
    notices.send_due(now=clock.now(), limit=99, attach=lambda *_: ("", b""), link_for=links.link_for)
    return mail.outbox


@pytest.mark.rule("ACC-5", part="roles")
@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "lets you into its back office"),
        ("es", "te da acceso a su administración interna"),
        ("pt-br", "dá a você acesso à sua administração interna"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_somebody_is_let_in_by_mail_in_their_language_and_chooses_a_password(olga, language, subject):
    answer = olga.post(PAGE, {**OTTO, "language": language}, follow=True)
    assert "Otto Brandão is let in. A link is on its way to otto@abono.example." in words(answer)
    assert "Has chosen no password yet" in words(answer)
    [sent] = send_mail()
    assert sent.to == ["Otto Brandão <otto@abono.example>"] or "otto@abono.example" in sent.to[0]
    assert subject in sent.subject
    assert "Olga Prado" in sent.body
    address = next(line for line in sent.body.split() if "/set-password/" in line or "usr_" in line)
    path = "/" + address.split("/", 3)[3]
    client = Client()
    assert client.get(path, follow=True).status_code == 200
    clean = f"/{language}/set-password/"
    assert client.post(clean, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert (
        client.get("/en/back-office/invoices/")["Location"] == "/en/profile/security/"
    )  # a second factor first
    give_codes(people.find_person("otto@abono.example").id)
    assert signed_in("otto@abono.example").get("/en/back-office/invoices/").status_code == 200


def test_roles_change_and_hold_from_the_next_page_on(olga):
    otto_id = make_colleague("Otto Brandão", Role.BILLING)
    otto = signed_in("otto@abono.example")
    assert otto.get(PAGE).status_code == 403
    page = f"{PAGE}{public('usr', otto_id)}/"
    assert "Saved." in words(olga.post(page, {"roles": ["owner", "reader"]}, follow=True))
    assert otto.get(PAGE).status_code == 200
    told = Event.objects.get(name="staff.roles_changed")
    assert (told.before, told.after) == ({"roles": ["billing"]}, {"roles": ["owner", "reader"]})
    assert told.actor.startswith("person:")
    rows = StaffRole.objects.filter(person_id=otto_id).order_by("since", "id").values_list("role", "ended_at")
    assert [(role, ended is None) for role, ended in rows] == [
        ("billing", False),
        ("owner", True),
        ("reader", True),
    ]


def test_who_is_let_in_no_longer_is_out_at_once(olga):
    otto_id = make_colleague("Otto Brandão", Role.BILLING)
    otto = signed_in("otto@abono.example")
    page = f"{PAGE}{public('usr', otto_id)}/"
    assert "tick the box" in words(olga.post(f"{page}remove/", follow=True))
    assert otto.get("/en/back-office/invoices/").status_code == 200
    assert "is let in no longer" in words(olga.post(f"{page}remove/", {"confirm": "yes"}, follow=True))
    assert otto.get("/en/back-office/invoices/").status_code == 302  # signed out
    assert not Client().login(username="otto@abono.example", password=PASSWORD)
    assert olga.get(page).status_code == 404
    assert Event.objects.filter(name="staff.removed", subject_id=otto_id).count() == 1


@pytest.mark.parametrize("end", [False, True])
def test_the_sellers_keys_that_they_made_are_named_and_end_if_wanted(olga, end):
    otto_id = make_colleague("Otto Brandão", Role.OWNER)
    now, actor = clock.now(), f"person:{otto_id}"
    given = {"customer_id": None, "scopes": ("read",), "now": now}
    _id, seen = identity.issue_key(name="Robot", expires_at=None, actor=actor, **given)
    identity.issue_key(name="Over", expires_at=now, actor=actor, **given)
    _id, other = identity.issue_key(name="Hers", expires_at=None, actor="person:olga", **given)
    page = f"{PAGE}{public('usr', otto_id)}/"
    said = words(olga.get(page))
    assert "Otto Brandão made these API keys, has seen them, and may have kept them: Robot (" in said
    assert "Hers" not in said
    assert "Over" not in said
    answer = olga.post(f"{page}remove/", {"confirm": "yes", **({"keys": "end"} if end else {})}, follow=True)
    assert ("Keys that Otto Brandão made still work: Robot." in words(answer)) is not end
    assert (keys.find(seen, now=now) is None) is end
    assert keys.find(other, now=now) is not None
    assert Event.objects.filter(name="key.revoked").count() == end


@pytest.mark.rule("ACC-5", part="an owner always")
def test_the_last_owner_stays_whoever_asks(olga):
    olga_id = Person.objects.get(email="olga@abono.example").id
    page = f"{PAGE}{public('usr', olga_id)}/"
    answer = olga.post(page, {"roles": ["reader"]})
    assert answer.status_code == 409
    assert "Nobody else is an owner" in words(answer)
    _id, text = identity.issue_key(
        name="Robot",
        customer_id=None,
        scopes=("read",),
        expires_at=None,
        actor=f"person:{olga_id}",
        now=clock.now(),
    )
    told = {"confirm": "yes", "keys": "end"}
    assert "Nobody else is an owner" in words(olga.post(f"{page}remove/", told, follow=True))
    assert keys.find(text, now=clock.now()) is not None
    found = staff.colleague(olga_id)
    assert found is not None
    assert found.roles == (Role.OWNER,)
    assert not Event.objects.filter(name__in=["staff.roles_changed", "staff.removed"]).exists()


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["king"]}, "king"),
        ({"email": "otto"}, "valid email"),
        ({"name": ""}, "Write the name of the person."),
        ({"email": "olga@abono.example"}, "in the list already"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_comes_in(olga, told, says):
    answer = olga.post(PAGE, {**OTTO, **told})
    assert answer.status_code == 422
    assert says in words(answer)
    assert len(staff.colleagues()) == 1


def test_a_member_of_a_customer_does_not_work_for_the_seller(db, gateway):
    from tests.world import load_catalog, make_padaria

    load_catalog()
    make_padaria(now=clock.now())
    make_olga()
    answer = signed_in("olga@abono.example").post(PAGE, {**OTTO, "email": "ana@padaria.example"})
    assert answer.status_code == 409
    assert "belongs to a member of a customer" in words(answer)
    assert len(staff.colleagues()) == 1


def test_the_roles_are_named_in_three_languages(olga):
    for language, word in (("en", "Billing"), ("es", "Facturación"), ("pt-br", "Faturamento")):
        with override(language):
            assert word in words(olga.get(PAGE.replace("/en/", f"/{language}/")))
