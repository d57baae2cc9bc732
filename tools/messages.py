"""`make messages`: brings new texts of code and templates into the catalogs, and drops those that went."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

PACKAGE = Path(__file__).resolve().parents[1] / "abono"
LOCALE = PACKAGE / "locale"
CATALOGS = ("es", "pt_BR")  # English is in the code


def extract(target: Path) -> None:
    """Write the catalogs under `target`, merging with those that are there.

    Works on a copy of the sources: Django puts intermediate files beside templates.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
    django.setup()
    settings.LOCALE_PATHS = [str(target)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "abono"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("locale", "__pycache__", "static"))
        before = Path.cwd()
        os.chdir(copy)
        try:
            call_command(
                "makemessages",
                locale=list(CATALOGS),
                add_location="file",
                no_obsolete=True,
                no_wrap=True,
                verbosity=0,
            )
        finally:
            os.chdir(before)


def main() -> int:
    if not shutil.which("xgettext"):
        print("make messages needs xgettext: apt-get install gettext", file=sys.stderr)
        return 1
    LOCALE.mkdir(exist_ok=True)
    extract(LOCALE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
