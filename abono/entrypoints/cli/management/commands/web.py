"""`abono web`: serves pages, API and metering, until it is told to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand, CommandError

APPLICATION = "abono.config.asgi:application"


class Command(BaseCommand):
    help = "Serve pages, API and metering. Behind a proxy that speaks https, see docs/production.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="(%(default)s)")
        parser.add_argument(
            "--workers", type=int, default=1, help="processes that share the port (%(default)s)"
        )
        parser.add_argument(
            "--stop-within",
            type=int,
            default=25,
            metavar="S",
            help="seconds for what is in hand (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """What X-Forwarded-* says is judged by the application, which knows how many proxies there are."""
        try:
            uvicorn.run(
                APPLICATION,
                host=options["host"],
                port=options["port"],
                workers=options["workers"],
                proxy_headers=False,
                server_header=False,
                access_log=False,
                lifespan="on",
                log_level="warning",
                timeout_graceful_shutdown=options["stop_within"],
            )
        except SystemExit as end:
            if end.code:  # the reason is in the log, from where it happened
                raise CommandError("the web server did not start", returncode=int(end.code)) from None
