"""`python -m tests.chaos`: web, worker and PostgreSQL are killed under load in random turns; nothing is lost or done twice (OPS-1).

A PostgreSQL, a payment simulator, and as many web processes and workers as one wants, of its own. The last line is JSON; the exit code is 1 when
anything was wrong. The same seed kills in the same order; what runs meanwhile is up to the machine.
"""

from __future__ import annotations

import os
import sys

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
    django.setup()
    from tests.chaos import run

    return run.main()


if __name__ == "__main__":
    sys.exit(main())
