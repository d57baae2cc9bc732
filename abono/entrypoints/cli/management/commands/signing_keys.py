"""`abono signing-keys list | turn`: keys that sign the proofs of leases, by hand (LIC-11)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from abono.domain.identity import signing
from abono.platform import clock


class Command(BaseCommand):
    help = "List the keys that sign proofs of leases, or have a new one sign; by itself that happens as setting signing_key_lasts says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="show the public keys that are published")
        turn = acts.add_parser("turn", help="make a key that signs in an hour, once it is known everywhere")
        turn.add_argument(
            "--withdraw",
            action="store_true",
            help="somebody else may have a private key: the new one signs at once, and no other is published any more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        if options["act"] == "turn":
            signing.turn(withdraw=options["withdraw"], actor="cli", now=now)
        for one in signing.published(now=now):
            signs = "signs since" if one.signs_from <= now else "will sign from"
            self.stdout.write(f"{one.key_id}  {one.x}  {signs} {one.signs_from:%Y-%m-%d %H:%M} UTC")
        if options.get("withdraw"):
            self.stdout.write(
                "Every process signs with the new key from now on. Applications that keep the list, as they may for five"
                " minutes, believe the withdrawn keys until they ask for it anew."
            )
