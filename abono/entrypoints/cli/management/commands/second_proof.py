"""`abono second-proof show | remove`: for whoever lost telephone and recovery codes (ACC-3)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext

from abono.domain.identity import factors, queries
from abono.flows.forget_factors import MOST_WHY, forget_factors_of
from abono.kernel.errors import Refusal
from abono.kernel.written import readable
from abono.platform import clock

if TYPE_CHECKING:
    from abono.domain.identity.models import Person

ACTOR = "cli"


class Command(BaseCommand):
    help = (
        "Show or remove somebody's second proof: codes, passkeys and recovery codes. They are told by mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        show = acts.add_parser("show", help="show what somebody proves themselves with, beside the password")
        show.add_argument("email")
        remove = acts.add_parser("remove", help="remove all of it, and sign them out everywhere, at once")
        remove.add_argument("email")
        remove.add_argument("--why", required=True, help="the reason; it stays in the record")

    def handle(self, *args: Any, **options: Any) -> None:
        person = queries.find_person(options["email"])
        if person is None:
            raise CommandError(f"nobody has the account {options['email']!r}")
        match options["act"]:
            case "show":
                self._show(person)
            case "remove":
                self._remove(person, options["why"])

    def _show(self, person: Person) -> None:
        own = factors.of(person.id)
        codes = "no" if own.codes_since is None else f"since {own.codes_since:%Y-%m-%d}"
        self.stdout.write(f"codes {codes}  passkeys {len(own.passkeys)}  recovery codes {own.recovery_codes}")

    def _remove(self, person: Person, why: str) -> None:
        if not readable(why) or len(why) > MOST_WHY:
            raise CommandError(f"say a reason that can be read, of {MOST_WHY} letters at most")
        try:
            kinds = forget_factors_of(
                person_id=person.id, by=settings.ABONO_SELLER["name"], why=why, actor=ACTOR, now=clock.now()
            )
        except Refusal as refusal:
            raise CommandError(gettext(refusal.message).format(**refusal.facts)) from None
        self.stdout.write(f"removed: {', '.join(kinds)}")
