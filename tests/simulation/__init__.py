"""Metering and licences in use lived through at random, seed by seed, beside an obvious model: `python -m tests.simulation`."""

import os

import django
from django.apps import apps

if not apps.ready:  # not under pytest
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
    django.setup()
