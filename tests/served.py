"""`tests.served:application` is the ASGI callable as it is served, where the passwords of the tests are known."""

from __future__ import annotations

from abono.config.asgi import application
from tests import hashers

__all__ = ["application"]

hashers.make_fast()  # afterwards: as the web a process takes its role while nothing has looked at the settings
