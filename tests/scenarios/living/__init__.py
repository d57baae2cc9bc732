"""Lives of contracts at random, alone and side by side in a book: `python -m tests.scenarios.living`."""

import os

import django
from django.apps import apps

if not apps.ready:  # not under pytest
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
    django.setup()
