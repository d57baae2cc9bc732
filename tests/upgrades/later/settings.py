"""As the program of that version is set up."""

from abono.config.settings import *  # noqa: F403
from abono.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.upgrades.later"]
