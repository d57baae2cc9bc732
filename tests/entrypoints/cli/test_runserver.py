"""`abono runserver`: what is developed is what is deployed."""

from __future__ import annotations

from typing import Any

import pytest
import uvicorn
from django.core.management import call_command


def test_the_development_server_serves_the_one_asgi_callable(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, int]] = []

    def run(application: str, *, port: int, **_more: Any) -> None:
        served.append((application, port))

    monkeypatch.setattr(uvicorn, "run", run)
    call_command("runserver", "8123")
    assert served == [("abono.config.asgi:application", 8123)]
