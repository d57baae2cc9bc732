"""`python -m tests.e2e.serve PORT`: the site as it is served, on the database that the tests prepared."""

from __future__ import annotations

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "abono.config.settings"

import uvicorn
from django.conf import settings


def main(port: int) -> None:
    # Tests hash passwords the fast way; who signs in here has one of those.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    uvicorn.run("abono.config.asgi:application", host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
