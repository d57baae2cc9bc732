"""`python -m abono.demo.prepare FILE`: the preparation, in a process of its own.

Because the addresses of the other processes must stand in the environment before Django starts.
"""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.core.management.base import CommandError


def main() -> int:
    django.setup()
    from abono.demo.preparation import prepare

    try:
        prepare(Path(sys.argv[1]))
    except CommandError as trouble:
        print(f"abono demo: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
