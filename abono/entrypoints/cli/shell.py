"""Who types a command."""

from __future__ import annotations

import getpass


def actor() -> str:
    """`shell:` and the name of the machine's user."""
    try:
        return f"shell:{getpass.getuser()}"
    except (OSError, KeyError):  # a container without names of users
        return "shell"
