"""A one-time code is taken once, however many others are remembered meanwhile (ACC-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from abono.domain.identity import sessions
from abono.platform.models import CacheEntry

pytestmark = pytest.mark.django_db


def test_what_others_use_pushes_out_no_code_that_is_in_force() -> None:
    cache.set("of-ana", "used", timeout=60)
    CacheEntry.objects.bulk_create(
        CacheEntry(cache_key=f"of-{n}", value="x", expires=timezone.now() + timedelta(minutes=5))
        for n in range(1_000)
    )
    for n in range(10):
        cache.set(f"one-more-{n}", "used", timeout=60)
    assert cache.get("of-ana") == "used"


def test_codes_that_cannot_be_used_any_more_go_at_night() -> None:
    cache.set("old", "used", timeout=60)
    cache.set("new", "used", timeout=600)
    sessions.forget_ended(now=timezone.now() + timedelta(minutes=5))
    assert [entry.cache_key for entry in CacheEntry.objects.all()] == [":1:new"]
