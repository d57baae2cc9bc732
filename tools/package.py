"""What an installed package has beside its code: compiled messages, static files, fonts, the catalog.

`python -m tools.package FOLDER` makes them below FOLDER, laid out as in the package; tools/build_hook.py puts them
into the wheel. Fonts that are cut already are taken from the home folder (ABONO_HOME), which is only a store here.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
SHIPPED = Path("abono/shipped")


def messages(target: Path) -> None:
    """Compile each catalog; a fuzzy line stays English."""
    for source in sorted((ROOT / "abono" / "locale").glob("*/LC_MESSAGES/*.po")):
        compiled = target / source.relative_to(ROOT).with_suffix(".mo")
        compiled.parent.mkdir(parents=True)
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parts[-3], domain=source.stem)
        with compiled.open("wb") as file:
            write_mo(file, catalog)


def fonts(target: Path) -> None:
    """Those of documents. The one of pages is a static file."""
    from abono.config.env import load
    from abono.domain.invoicing import fonts as of_documents

    shutil.copytree(of_documents.ready(load().home), target / SHIPPED / "fonts")


def static_files(target: Path) -> None:
    """Ours and those of libraries, under names that say what is in them, compressed as well."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    from abono.entrypoints.site import fonts as of_pages

    of_pages.build(of_pages.folder() / "site" / "inter.woff2")
    django.setup()
    settings.STATIC_ROOT = target / SHIPPED / "static"
    call_command("collectstatic", interactive=False, verbosity=0)


def main(target: Path) -> int:
    # Nothing here is secret, and nobody asks a database.
    os.environ["ABONO_SECRET_KEY"] = "of no use"
    os.environ["DATABASE_URL"] = "postgresql:///nothing"
    os.environ["DJANGO_SETTINGS_MODULE"] = "abono.config.settings"
    messages(target)
    fonts(target)
    static_files(target)
    shutil.copy(ROOT / "catalog" / "abono.yaml", target / SHIPPED)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
