"""Run with the installed package: Padaria Sol contracts and pays; the last line is its first invoice."""

from __future__ import annotations

import django
from django.conf import settings


def main() -> None:
    django.setup()
    settings.GATEWAYS = {"simulator": {"adapter": "tests.fakes.FakeGateway", "options": {}}}
    from abono.platform import clock
    from tests.world import make_padaria

    make_padaria(now=clock.now())


if __name__ == "__main__":
    main()
