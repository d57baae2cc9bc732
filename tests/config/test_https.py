"""Behind an https address cookies are this host's alone, and browsers come back by https."""

from __future__ import annotations

import json
from pathlib import Path

from tests.config.test_unsafe import SAFE
from tests.processes import environment, python

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
    here = environment(**SAFE, DJANGO_SETTINGS_MODULE="abono.config.settings")
    asked = python("-c", ASKED, env=here, cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    found = json.loads(asked.stdout)
    assert found.pop("SESSION_COOKIE_NAME") == "__Host-sessionid"
    assert found.pop("CSRF_COOKIE_NAME") == "__Host-csrftoken"
    assert found.pop("SESSION_COOKIE_SAMESITE") == "Lax"
    assert found.pop("SECURE_HSTS_SECONDS") == 31_536_000
    assert set(found.values()) == {True}
