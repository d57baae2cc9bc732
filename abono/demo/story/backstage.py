"""`python -m abono.demo.story.backstage STEP …`: one step of `steps`, in a process of its own. The last line is JSON."""

from __future__ import annotations

import json
import sys

import django


def main() -> int:
    django.setup()
    from abono.demo.story.steps import STEPS

    sys.stdout.write(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
