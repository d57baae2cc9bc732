"""Behind an https address cookies are this host's alone, and browsers come back by https."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.config.test_unsafe import SAFE

ASKED = """
import json
from django.conf import settings as s
print(json.dumps({name: getattr(s, name) for name in (
    "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "CSRF_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS")}))
from abono.entrypoints.meter.always import ALWAYS
assert dict(ALWAYS)[b"strict-transport-security"] == b"max-age=31536000; includeSubDomains"
"""


def test_cookies_are_this_hosts_alone_and_a_year_of_https_is_asked_for(tmp_path: Path) -> None:
    given = {name: value for name, value in os.environ.items() if not name.startswith("ABONO_")}
    root = str(Path(__file__).parents[2])
    env = {**given, **SAFE, "PYTHONPATH": root, "DJANGO_SETTINGS_MODULE": "abono.config.settings"}
    run = subprocess.run(
        [sys.executable, "-c", ASKED],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = json.loads(run.stdout)
    assert found.pop("SESSION_COOKIE_NAME") == "__Host-sessionid"
    assert found.pop("CSRF_COOKIE_NAME") == "__Host-csrftoken"
    assert found.pop("SESSION_COOKIE_SAMESITE") == "Lax"
    assert found.pop("SECURE_HSTS_SECONDS") == 31_536_000
    assert set(found.values()) == {True}
