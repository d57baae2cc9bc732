"""`abono staff add | list | remove`: who works for the seller and may open the back office (ACC-5)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from abono.domain.identity import actions as identity
from abono.domain.identity import queries
from abono.entrypoints.site.links import set_password_url
from abono.kernel.written import mailable, readable
from abono.platform import clock

ACTOR = "cli"


class Command(BaseCommand):
    help = "Say who works for the seller. Whoever has no password yet gets an address to choose one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="let somebody into the back office")
        add.add_argument("email")
        add.add_argument("--name", required=True)
        add.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])
        acts.add_parser("list", help="show who may open it")
        remove = acts.add_parser("remove", help="let somebody in no longer, at once")
        remove.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["act"]:
            case "add":
                self._add(options["email"], options["name"][:120], options["language"])
            case "list":
                for person in queries.staff():
                    self.stdout.write(f"{person.public_id}  {person.email}  {person.name}")
            case "remove":
                self._remove(options["email"])

    def _add(self, email: str, name: str, language: str) -> None:
        if mailable(email) is None:
            raise CommandError(f"no mail can reach {email!r}")
        if not readable(name):
            raise CommandError(f"{name!r} is no name that can be read")
        now = clock.now()
        person, _new = identity.ensure_person(email=email, name=name, language=language, now=now)
        identity.set_staff(person_id=person.id, staff=True, actor=ACTOR, now=now)
        self.stderr.write(f"{person.email} works for the seller")
        if not person.has_usable_password():
            self.stderr.write("Choose a password at this address; it serves once and for three days:")
            self.stdout.write(set_password_url(person.id, language))

    def _remove(self, email: str) -> None:
        person = queries.find_person(email)
        if person is None or not identity.set_staff(
            person_id=person.id, staff=False, actor=ACTOR, now=clock.now()
        ):
            raise CommandError(f"{email!r} does not work for the seller")
        self.stdout.write("removed")
