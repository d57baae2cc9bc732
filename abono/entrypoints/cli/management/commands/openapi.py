"""`abono openapi`: writes the description of the REST API, and the words in docs/api.md, which are committed."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.entrypoints.api.protocol import openapi
from abono.entrypoints.api.root import api
from abono.entrypoints.words import tables


class Command(BaseCommand):
    help = f"Write the OpenAPI document to {openapi.FILE}, or compare it with --check (API-1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, default=Path(openapi.FILE))
        parser.add_argument("--docs", type=Path, default=Path("docs/api.md"))
        parser.add_argument("--check", action="store_true", help="exit 1 when the file is not up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        files = {options["file"]: openapi.text(api)}
        if (docs := options["docs"]).exists():
            files[docs] = tables.written(docs.read_text())
        for file, text in files.items():
            if not options["check"]:
                file.write_text(text)
            elif not file.exists() or file.read_text() != text:
                raise CommandError(f"{file} is not what the code says: run `abono openapi`")
