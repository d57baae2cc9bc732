"""How fast metering is, measured side by side: `python -m bench`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
django.setup()
