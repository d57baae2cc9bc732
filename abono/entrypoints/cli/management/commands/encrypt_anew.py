"""`abono encrypt-anew`: after a change of ABONO_SECRET_KEY (docs/production.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.domain.identity import sealed
from abono.domain.identity.sealed import Under


class Command(BaseCommand):
    help = "Encrypt under ABONO_SECRET_KEY what lies under ABONO_SECRET_KEY_BEFORE; exit 1 if something is read by neither."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sealed.anew()} texts are encrypted anew")
        lost = sealed.standing()[Under.NONE]
        if lost:
            raise CommandError(f"{lost} texts are read by no key that is given, and stay as they are")
