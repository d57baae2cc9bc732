"""The matrix against what each door declares, and each act asked through page and API alike (S-43)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.contracts.models import Signup
from abono.domain.identity import roles
from abono.domain.identity.keys import READ, SCOPES, WRITE
from abono.domain.identity.roles import MAY, Act, Role
from abono.domain.identity.types import Profile
from abono.entrypoints.api.protocol import whose
from abono.entrypoints.meter.app import HOT_PREFIXES
from abono.entrypoints.site.access import ACCESS
from abono.kernel.ids import public, uuid7
from tests.entrypoints.api.conftest import DOCUMENT, Program, program
from tests.entrypoints.api.protocol.test_tenants import IDS, ask
from tests.entrypoints.both.matrix import ADMINISTRATORS, MATRIX, OPEN_CALLS
from tests.entrypoints.portal.reading import signed_in
from tests.entrypoints.site.conftest import ids
from tests.entrypoints.site.routes import POST_ONLY, address
from tests.stories import contested, going_back, paid_out, received
from tests.world import Tenant, make_colleague, make_olga

__all__ = ["ids"]
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
BOTH = [may for may in MATRIX if may.pages and may.calls and may.act is None]
SELLERS = [may for may in MATRIX if may.act is not None]
PEOPLE = {Profile.ADMINISTRATOR: "ana", Profile.VIEWER: "bruno", Profile.AGENT: "carla"}


def test_every_page_that_is_not_for_all_and_every_call_stands_in_the_matrix_once() -> None:
    of_somebody = {name for name, rule in ACCESS.items() if not (rule.everybody or rule.signed_in)}
    assert sorted(page for may in MATRIX for page in may.pages) == sorted(of_somebody)
    assert sorted(call for may in MATRIX for call in may.calls) == sorted(OPERATIONS.keys() - OPEN_CALLS)


def test_every_door_declares_what_the_matrix_says() -> None:
    for may in MATRIX:
        for page in may.pages:
            rule = ACCESS[page]
            assert (rule.members, rule.staff_does or rule.staff) == (may.members, may.act), page
        for call in may.calls:
            asked = {
                scope
                for way in OPERATIONS[call][2]["security"]
                for scopes in way.values()
                for scope in scopes
            }
            assert asked == set(may.scopes), call
    assert {
        OPERATIONS[call][2].get("security") in ([], None) or "Signature" in str(OPERATIONS[call])
        for call in OPEN_CALLS
    } == {True}


def test_what_one_door_asks_of_whoever_comes_the_other_asks_too() -> None:
    """What changes something is an Administrator's or needs `write`; what is looked at by a page, `read` looks at."""
    for may in BOTH:
        if WRITE in may.scopes:
            assert (may.members, may.scopes) == (ADMINISTRATORS, (WRITE,)), may.what
        else:
            assert READ in may.scopes, may.what
            assert may.members >= ADMINISTRATORS, may.what
    for may in SELLERS:
        assert not may.calls or may.act in roles.BY_KEY, may.what


def call(it: Program, operation: str, ids: dict[str, str]) -> tuple[int, str]:
    """Status and code of a call that is as it should be, with these ids and otherwise with such that nobody has."""
    method, path, _operation = OPERATIONS[operation]
    nobodys = {name: public(kind, uuid7()) for name, kind in IDS.items()}
    answer = ask(it, method, path, "", "", nobodys | ids)
    return answer.status_code, answer.json().get("code", "") if answer.status_code >= 400 else ""


def scopes_of(operation: str, programs: dict[str, Program]) -> set[str]:
    """With which scope a program is let through."""
    return {scope for scope, it in programs.items() if call(it, operation, {})[1] != "scope_missing"}


def opened(client: Client, page: str, ids: dict[str, str]) -> bool:
    url = address(page, ids)
    return (client.post(url, {}) if page in POST_ONLY else client.get(url)).status_code != 403


@pytest.mark.rule("ACC-1", part="one table")
@pytest.mark.rule("ACC-4", part="scopes, expiry, last use")
def test_each_act_is_refused_or_allowed_through_page_and_api_alike(
    padaria: Tenant, ids: dict[str, str]
) -> None:
    people = {profile: signed_in(f"{name}@padaria.example") for profile, name in PEOPLE.items()}
    programs = {scope: program(padaria.customer_id, scope) for scope in SCOPES}
    for may in BOTH:
        for page in may.pages:
            found = {profile for profile, client in people.items() if opened(client, page, ids)}
            assert found == may.members, page
        for one in may.calls:
            assert scopes_of(one, programs) == set(may.scopes), one


@pytest.mark.rule("ACC-4", part="scopes, expiry, last use")
def test_what_only_programs_do_takes_the_scope_of_the_matrix(padaria: Tenant) -> None:
    keys = {scope: program(padaria.customer_id, scope) for scope in SCOPES}
    for may in MATRIX:
        if may.pages or may.act is not None:
            continue
        for one in may.calls:
            if OPERATIONS[one][1].startswith((*HOT_PREFIXES, "/inbound/")):
                continue  # asked at their own doors: tests/entrypoints/meter and inbound
            assert scopes_of(one, keys) == set(may.scopes), one


@pytest.mark.rule("ACC-5", part="roles")
def test_an_act_of_the_seller_opens_its_pages_and_calls_and_no_other_act_does(
    padaria: Tenant, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_olga()
    make_colleague("Otto Brandão", Role.SUPPORT)
    otto, sellers = signed_in("otto@abono.example"), program(None, READ, WRITE)
    padarias = program(padaria.customer_id, *SCOPES)
    ids["order_id"] = public("sig", Signup.objects.get(contract_id=padaria.contract_id).id)
    ids |= {"payout_id": paid_out(padaria).public_id}
    ids["person_id"] = ids["member_id"]
    ids |= {"receipt_id": received(padaria).public_id, "refund_id": going_back(padaria).public_id}
    ids["dispute_id"] = contested(padaria).public_id
    for act in Act:
        rows = [may for may in SELLERS if may.act is act]
        assert rows, act
        for given in (frozenset(Act) - {act}, frozenset({act})):
            monkeypatch.setitem(MAY, Role.SUPPORT, given)  # type: ignore[arg-type]
            monkeypatch.setattr(whose, "BY_KEY", given)
            for page in (page for may in rows for page in may.pages):
                by_post = page in POST_ONLY or ACCESS[page].staff_does is not None
                status = (otto.post if by_post else otto.get)(address(page, ids)).status_code
                assert (status != 403) is (act in given), (page, given)
            for one in (one for may in rows for one in may.calls):
                assert (call(sellers, one, ids)[1] != "seller_only") is (act in given), (one, given)
        for one in (one for may in rows for one in may.calls):  # while the seller may
            assert call(padarias, one, ids)[0] in (403, 404), one
