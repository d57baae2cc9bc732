"""`abono runserver`: the one ASGI callable for development, started anew when code changes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand

import abono


class Command(BaseCommand):
    help = "Serve pages, API and metering for development, as uvicorn does; anew when code changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("port", nargs="?", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        uvicorn.run("abono.config.asgi:application", port=port, reload=True, reload_dirs=[*abono.__path__])
