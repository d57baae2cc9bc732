"""Which static files are collected: what the pages ask for, not everything that a library brings."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """django-htmx brings htmx twice and in four builds; compressing them takes longer than all else."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "htmax-*", "htmx-2*", "htmx-4.js"]
