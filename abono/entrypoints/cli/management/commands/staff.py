"""`abono staff add | list | remove`: who works for the seller, and as what (ACC-5)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext

from abono.domain.identity import queries, staff
from abono.domain.identity.roles import Role
from abono.entrypoints.site.links import set_password_url
from abono.flows.colleagues import let_in, let_out
from abono.kernel.errors import Refusal
from abono.kernel.written import mailable, readable
from abono.platform import clock

ACTOR = "cli"


class Command(BaseCommand):
    help = "Say who works for the seller. Whoever has no password yet gets an address to choose one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="let somebody into the back office, in exactly these roles")
        add.add_argument("email")
        add.add_argument("--name", required=True)
        add.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])
        add.add_argument(
            "--role",
            action="append",
            choices=[role.value for role in Role],
            help="once for each; may be left out for the first of all, who is the owner",
        )
        acts.add_parser("list", help="show who may open it, and as what")
        remove = acts.add_parser("remove", help="let somebody in no longer, at once")
        remove.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["act"]:
                case "add":
                    roles = _roles(options["role"])
                    self._add(options["email"], options["name"][:120], options["language"], roles)
                case "list":
                    for one in staff.colleagues():
                        works_as = ",".join(role.value for role in one.roles)
                        self.stdout.write(f"{one.public_id}  {one.email}  {one.name}  {works_as}")
                case "remove":
                    self._remove(options["email"])
        except Refusal as refusal:
            raise CommandError(gettext(refusal.message).format(**refusal.facts)) from None

    def _add(self, email: str, name: str, language: str, roles: list[Role]) -> None:
        if mailable(email) is None:
            raise CommandError(f"no mail can reach {email!r}")
        if not readable(name):
            raise CommandError(f"{name!r} is no name that can be read")
        found = let_in(email=email, name=name, language=language, roles=roles, actor=ACTOR, now=clock.now())
        self.stderr.write(f"{found.email} works for the seller: {', '.join(role.value for role in roles)}")
        if not found.came:
            self.stderr.write("Choose a password at this address; it serves once and for three days:")
            self.stdout.write(set_password_url(found.person_id, language))

    def _remove(self, email: str) -> None:
        person = queries.find_person(email)
        if person is None or staff.colleague(person.id) is None:
            raise CommandError(f"{email!r} does not work for the seller")
        made = let_out(
            person_id=person.id,
            end_keys=False,
            by=settings.ABONO_SELLER["name"],
            actor=ACTOR,
            now=clock.now(),
        )
        self.stdout.write("removed")
        for key in made:
            self.stderr.write(
                f"still works, and was seen by them: {key.public_id} {key.name} (abono key revoke)"
            )


def _roles(given: list[str] | None) -> list[Role]:
    if given:
        return [role for role in Role if role.value in given]
    if staff.colleagues():
        raise CommandError("say with --role as what: " + ", ".join(role.value for role in Role))
    return [Role.OWNER]
