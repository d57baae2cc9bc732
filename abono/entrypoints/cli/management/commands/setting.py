"""`abono setting list | set | history`: what the seller can set, with who and why; in force without a restart."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import queries as contracts
from abono.domain.payments import registry
from abono.domain.settings import actions, queries
from abono.domain.settings.bank_files import accounts_named
from abono.domain.settings.known import SETTINGS
from abono.domain.settings.types import Scope, SetValue, Whose
from abono.entrypoints.cli.contracts import named_contract
from abono.kernel.errors import Refusal
from abono.platform import clock

ACTOR = "cli"
AS_WIDER = "as-wider"  # what gives a setting back to the next wider scope


class Command(BaseCommand):
    help = "Show and set what the seller can decide. A change holds within seconds, in every process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="show each setting, what it is about and what holds now")
        put = acts.add_parser("set", help="let a setting have another value from a moment on")
        put.add_argument("key")
        put.add_argument(
            "value", help="as `list` shows it; `as-wider` gives it back to plan, seller or what ships"
        )
        whose = put.add_mutually_exclusive_group()
        whose.add_argument("--plan", default="", help="code of a software plan")
        whose.add_argument("--contract", help="number of a contract, or its id, ctr_…")
        put.add_argument(
            "--since", help="a moment to come, such as 2027-01-01T00:00:00-03:00; now when left out"
        )
        put.add_argument("--why", required=True, help="the reason; it is kept")
        told = acts.add_parser("history", help="show everything that was ever set")
        told.add_argument("key", nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["act"]:
                case "list":
                    self._list(clock.now())
                case "set":
                    self._set(options, clock.now())
                case "history":
                    self._history(options["key"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None

    def _list(self, now: datetime) -> None:
        for setting in SETTINGS.values():
            holds = _typed(setting.write(queries.value(setting, at=now)))
            self.stdout.write(f"{setting.key} = {holds}  ({setting.rule}; for: {', '.join(setting.scopes)})")
            self.stdout.write(f"    {setting.says}")
            for one in queries.in_force(setting.key, at=now):
                since = "" if one.valid_from <= now else f"  from {one.valid_from:%Y-%m-%d %H:%M}Z"
                if one.scope is not Scope.SELLER or since:
                    self.stdout.write(f"    {_whose(one)} = {_typed(one.value)}{since}")

    def _set(self, options: dict[str, Any], now: datetime) -> None:
        setting = queries.find(options["key"])
        contract_id = named_contract(options["contract"]) if options["contract"] else None
        if options["plan"]:
            catalog.plan_on_sale(code=options["plan"], at=now)
        value = None if options["value"] == AS_WIDER else options["value"]
        registry.check_bank_accounts(accounts_named(setting, value))
        actions.set_value(
            setting=setting,
            value=value,
            whose=Whose(options["plan"], contract_id),
            valid_from=_moment(options["since"]),
            actor=ACTOR,
            why=options["why"],
            now=now,
        )
        self.stdout.write("set")

    def _history(self, key: str | None) -> None:
        if key is not None:
            queries.find(key)
        for one in queries.history(*filter(None, [key])):
            self.stdout.write(
                f"{one.valid_from:%Y-%m-%d %H:%M}Z  {one.key} = {_typed(one.value)}  {_whose(one)}  {one.actor}: {one.why}"
            )


def _typed(value: object) -> str:
    """A value as `set` reads it: `BRL 5000, USD 1000`."""
    if value is None:
        return AS_WIDER
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return ",".join(map(str, value)) or "''"
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items()) or "''"
    return str(value)


def _whose(one: SetValue) -> str:
    """For whom, in the words of people: a contract by its number."""
    if one.scope is Scope.CONTRACT:
        return f"contract {contracts.get(UUID(one.subject)).number}"
    return f"plan {one.subject}" if one.scope is Scope.PLAN else "everybody"


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = parse_datetime(text)
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)  # the database does not know every offset that can be written
    except (ValueError, OverflowError):
        pass  # no such day, or none that still is one in UTC
    raise CommandError(f"{text!r} is no moment with its zone: write it as 2027-01-01T00:00:00-03:00")
