"""What tests remember of a cast is put back where nothing else was written, and only there (docs/adr/0022)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from abono.domain.identity import actions as identity
from tests import remembered, sql
from tests.world import JUNE_1

made: list[str] = []


@remembered.remembered
def person(name: str) -> None:
    made.append(name)
    identity.ensure_person(email=f"{name}@padaria.example", name=name, language="es", now=JUNE_1)


def nothing() -> None:
    pass


def read() -> None:
    sql.run("SELECT name FROM identity_person")


def write() -> None:
    sql.run("UPDATE identity_person SET name = name")


def write_in_vain() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)


def ana_and_bruno(between: Callable[[], None] = nothing, *, undone: bool = False) -> list[str]:
    """A test's transaction. Returns whom it had to make; `undone` of Ana: she is rolled back before Bruno comes."""
    made.clear()
    remembered.begin()
    with transaction.atomic():
        with transaction.atomic():
            person("ana")
            transaction.set_rollback(undone)
        between()
        person("bruno")
        there = sql.run("SELECT name FROM identity_person ORDER BY name")
        assert there == ([("bruno",)] if undone else [("ana",), ("bruno",)])
        transaction.set_rollback(True)
    return list(made)


@pytest.mark.django_db(transaction=True)
def test_a_cast_that_was_made_twice_is_put_back_and_so_is_what_followed_it() -> None:
    assert [ana_and_bruno() for _ in range(4)] == [["ana", "bruno"], ["ana", "bruno"], ["bruno"], []]
    assert ana_and_bruno(read) == []
    assert ana_and_bruno(write) == ["bruno"]
    assert ana_and_bruno(write_in_vain) == ["bruno"]
    assert ana_and_bruno(undone=True) == ["bruno"]
    assert ana_and_bruno() == []
