"""What each role of the seller's people may open and do: the table, role by role and route by route (ACC-1, ACC-5)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.identity.roles import MAY, Act, Role
from abono.entrypoints.site.access import ACCESS
from abono.platform.models import Event
from tests.entrypoints.portal.reading import menu, signed_in, words
from tests.entrypoints.site.routes import POST_ONLY, address
from tests.examples import at_night, first_by_day
from tests.world import make_colleague, make_olga

SELLERS = sorted(name for name, rule in ACCESS.items() if rule.staff is not None)
DOES = {
    "backoffice:act-as": {"owner", "billing", "support"},
    "backoffice:act-as-stop": {"owner", "billing", "support"},
    "backoffice:approval": {
        "owner",
        "billing",
        "catalog",
    },  # what changes something, by the roles that may do it; of all others it is refused
    "backoffice:change": {"owner", "billing"},
    "backoffice:draft": {"owner", "billing"},
    "backoffice:draft-new": {"owner", "billing"},
    "backoffice:invoice": {"owner", "billing"},
    "backoffice:invoice-standing": {"owner", "billing"},
    "backoffice:invoice-refund": {"owner", "billing"},
    "backoffice:invoice-reissue": {"owner", "billing"},
    "backoffice:money-ask": {"owner", "billing"},
    "backoffice:money-close": {"owner", "billing"},
    "backoffice:run-again": {"owner", "billing"},
    "backoffice:bank-file-write": {"owner", "billing"},
    "backoffice:bank-file-take": {"owner", "billing"},
    "backoffice:statement-take": {"owner", "billing"},
    "backoffice:statement-say": {"owner", "billing"},
    "backoffice:fiscal-write": {"owner", "billing"},
    "backoffice:fiscal-take": {"owner", "billing"},
    "backoffice:invoice-fiscal": {"owner", "billing"},
    "backoffice:payouts": {"owner", "billing"},
    "backoffice:payout-withdraw": {"owner", "billing"},
    "backoffice:withheld": {"owner", "billing"},
    "backoffice:withheld-prove": {"owner", "billing"},
    "backoffice:payment-links-make": {"owner", "billing", "support"},
    "backoffice:payment-links-revoke": {"owner", "billing", "support"},
    "backoffice:coupons": {"owner", "billing", "catalog"},
    "backoffice:coupon": {"owner", "billing", "catalog"},
    "backoffice:keys-create": {"owner"},
    "backoffice:keys-bind": {"owner"},
    "backoffice:keys-rotate": {"owner"},
    "backoffice:keys-revoke": {"owner"},
    "backoffice:people": {"owner"},
    "backoffice:person": {"owner"},
    "backoffice:person-link": {"owner"},
    "backoffice:person-remove": {"owner"},
    "backoffice:person-second-proof": {"owner"},
    "backoffice:member": {"owner", "support"},
    "backoffice:cancel": {"owner", "billing"},
    "backoffice:regret": {"owner", "billing"},
    "backoffice:restriction": {"owner", "billing"},
    "backoffice:trial": {"owner", "billing"},
    "backoffice:left-alone": {"owner", "billing"},
    "backoffice:sign-on": {"owner"},
    "backoffice:sign-on-end": {"owner"},
    "backoffice:uncovered-decide": {"owner", "billing"},
    "backoffice:arrangement": {"owner", "billing"},
    "backoffice:arrangements": {"owner", "billing"},
    "backoffice:adjustments": {"owner", "catalog"},
    "backoffice:adjustment": {"owner", "catalog"},
    "backoffice:adjustment-line": {"owner", "catalog"},
    "backoffice:indexes": {"owner", "catalog"},
    "backoffice:index": {"owner", "catalog"},
    "backoffice:versions": {"owner", "catalog"},
    "backoffice:versions-batch": {"owner", "catalog"},
}
SEEN = {
    Act.CORRECT: {"owner", "billing"},
    Act.PEOPLE: {"owner"},
    Act.KEYS: {"owner"},
    Act.RECOVER: {"owner", "support"},
    Act.ACT_AS: {"owner", "billing", "support"},
}


def colleague(role: Role) -> Client:
    make_olga()
    make_colleague("Otto Brandão", role)
    return signed_in("otto@abono.example")


@pytest.mark.rule("ACC-5", part="roles")
@pytest.mark.parametrize("role", Role)
def test_a_role_opens_and_does_what_the_table_gives_it_and_nothing_else(role, padaria, ids):
    """A page that every role reads is read by an owner with each change, by all others at night."""
    otto, wrong = colleague(role), {}
    for name in SELLERS:
        url = address(name, ids)
        by_all = (ACCESS[name].staff or Act.READ) not in SEEN
        if name not in POST_ONLY and (not by_all or role is Role.OWNER or at_night()):
            seen = by_all or role.value in SEEN[ACCESS[name].staff]
            if (status := otto.get(url).status_code) != (200 if seen else 403):
                wrong[name, "get"] = status
        if name in DOES:
            refused = otto.post(url, {}).status_code == 403
            if refused is (role.value in DOES[name]):
                wrong[name, "post"] = refused
        else:
            assert otto.post(url, {}).status_code in (403, 405), name
    assert otto.get(address("backoffice:contracts", ids)).status_code == 200  # whoever has a role reads
    assert wrong == {}


@pytest.mark.rule("ACC-5", part="roles")
@pytest.mark.rule("ACC-1", part="what is not in it is refused")
def test_what_no_role_is_given_is_refused(padaria, ids, monkeypatch):
    otto = colleague(Role.BILLING)
    monkeypatch.setitem(MAY, Role.BILLING, frozenset())  # type: ignore[arg-type]
    assert {otto.get(address(name, ids)).status_code for name in SELLERS if name not in POST_ONLY} == {403}
    told = Event.objects.filter(name="access.refused").order_by("id")
    assert told[0].data["page"] == next(name for name in SELLERS if name not in POST_ONLY)


@pytest.mark.rule("ACC-5", part="roles")
def test_who_has_two_roles_may_do_what_either_may(padaria, ids):
    make_olga()
    make_colleague("Otto Brandão", Role.SUPPORT, Role.CATALOG)
    otto = signed_in("otto@abono.example")
    assert otto.post(address("backoffice:versions", ids), {}).status_code != 403
    assert otto.post(address("backoffice:invoice", ids), {}).status_code == 403


def test_the_menu_and_the_forms_are_those_of_the_roles(padaria, ids):
    otto = colleague(Role.SUPPORT)
    invoice = otto.get(address("backoffice:invoice", ids))
    assert "People" not in menu(invoice)
    assert "Invoices" in menu(invoice)
    assert b"Take back by a credit note" not in invoice.content
    olga = signed_in("olga@abono.example").get(address("backoffice:invoice", ids))
    assert "People" in menu(olga)
    assert b"Take back by a credit note" in olga.content


@pytest.mark.parametrize(
    ("language", "says"),
    first_by_day(
        [
            ("es", "Las horas en las páginas de la administración interna son UTC."),
            ("en", "Times of day on the pages of the back office are UTC."),
            ("pt-br", "As horas nas páginas da administração interna são UTC."),
        ]
    ),
)
def test_every_page_of_the_back_office_says_in_which_zone_its_times_are(padaria, ids, language, says):
    make_olga()
    olga = signed_in("olga@abono.example")
    for name in [name for name in SELLERS if name not in POST_ONLY] + ["portal:security"]:
        page = olga.get(address(name, ids).replace("/en/", f"/{language}/"))
        if page["Content-Type"].startswith("text/html"):
            assert says in words(page), name
