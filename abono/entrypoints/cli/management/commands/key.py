"""`abono key issue | list | addresses | revoke`: API keys, by hand (ACC-4)."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from abono.domain.contracts import queries as contracts
from abono.domain.identity import addresses, keys, queries
from abono.domain.identity.errors import NoSuchKey
from abono.flows.keys import bind_key, end_key, make_key
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.written import readable
from abono.platform import clock

ACTOR = "cli"


class Command(BaseCommand):
    help = "Issue, list, bind and revoke API keys. A key is shown once, when it is issued."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        issue = acts.add_parser("issue", help="make a key and print it")
        whose = issue.add_mutually_exclusive_group(required=True)
        whose.add_argument("--contract", help="number of a contract: the key is its customer's")
        whose.add_argument("--seller", action="store_true", help="the seller's own: it sees every customer")
        issue.add_argument("--scope", action="append", required=True, choices=keys.SCOPES)
        issue.add_argument("--name", default="made by hand", help="to tell it from others")
        issue.add_argument("--days", type=int, help="how long it is of use; for ever when left out")
        issue.add_argument(
            "--address",
            action="append",
            default=[],
            help="it works from there only: an address or a range, again for more",
        )
        acts.add_parser("list", help="show the keys in use, without the keys themselves")
        bind = acts.add_parser("addresses", help="say from where a key works, everywhere at once")
        bind.add_argument("key", help="its id, key_…")
        where = bind.add_mutually_exclusive_group(required=True)
        where.add_argument(
            "--address", action="append", help="only from there: an address or a range, again for more"
        )
        where.add_argument("--anywhere", action="store_true", help="from anywhere")
        revoke = acts.add_parser("revoke", help="end a key at once, everywhere")
        revoke.add_argument("key", help="its id, key_…")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["act"]:
            case "issue":
                self._issue(options)
            case "list":
                self._list()
            case "addresses":
                self._bind(options["key"], options["address"] or [])
            case "revoke":
                self._revoke(options["key"])

    def _issue(self, options: dict[str, Any]) -> None:
        now = clock.now()
        made, text = make_key(
            name=_readable(options["name"])[:80],
            customer_id=None if options["seller"] else self._customer(options["contract"]),
            scopes=tuple(sorted(set(options["scope"]))),
            expires_at=now + timedelta(days=options["days"]) if options["days"] else None,
            by=settings.ABONO_SELLER["name"],
            actor=ACTOR,
            now=now,
            addresses=_addresses(options["address"]),
        )
        self.stderr.write(f"{made.public_id}: keep it now, it cannot be shown again")
        self.stdout.write(text)

    def _customer(self, number: str) -> UUID:
        found = contracts.by_number(number)
        if found is None:
            raise CommandError(f"there is no contract {number!r}")
        return found.customer_id

    def _list(self) -> None:
        for key in queries.issued_keys():
            until = "for ever" if key.expires_at is None else f"until {key.expires_at:%Y-%m-%d %H:%M}Z"
            used = "never used" if key.last_used_at is None else f"used {key.last_used_at:%Y-%m-%d %H:%M}Z"
            whose = key.customer or "the seller"
            where = f"from {' '.join(key.addresses)}" if key.addresses else "from anywhere"
            self.stdout.write(
                f"{key.public_id}  {key.prefix}…  {' '.join(key.scopes)}  {until}  {where}  {used}  {whose}  {key.name}"
            )

    def _bind(self, text: str, typed: list[str]) -> None:
        key_id, customer_id = _theirs(text)
        bound = bind_key(
            key_id=key_id,
            customer_id=customer_id,
            addresses=_addresses(typed),
            by=settings.ABONO_SELLER["name"],
            actor=ACTOR,
            now=clock.now(),
        )
        self.stdout.write(f"works from {' '.join(bound.addresses) or 'anywhere'}")

    def _revoke(self, text: str) -> None:
        key_id, customer_id = _theirs(text)
        end_key(
            key_id=key_id,
            customer_id=customer_id,
            by=settings.ABONO_SELLER["name"],
            actor=ACTOR,
            now=clock.now(),
        )
        self.stdout.write("revoked")


def _theirs(text: str) -> tuple[UUID, UUID | None]:
    """A key by its id, and whose it is."""
    key_id = parse("key", text)
    try:
        if key_id is None:
            raise NoSuchKey()
        return key_id, queries.key_owner(key_id)
    except NoSuchKey:
        raise CommandError(f"there is no key {text!r}") from None


def _addresses(typed: list[str]) -> tuple[str, ...]:
    try:
        return addresses.read(" ".join(typed))
    except Refusal as no:
        raise CommandError(str(no)) from None


def _readable(name: str) -> str:
    if not readable(name):
        raise CommandError(f"{name!r} is no name that can be read")
    return name
