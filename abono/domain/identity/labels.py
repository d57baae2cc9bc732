"""What profiles are called, on pages and in mails."""

from __future__ import annotations

from django.utils.translation import gettext, override

from abono.domain.identity.types import Profile
from abono.kernel.errors import _

PROFILES = {
    Profile.ADMINISTRATOR: _("Administrator"),
    Profile.VIEWER: _("Viewer"),
    Profile.AGENT: _("Agent"),
}


def profile_label(profile: Profile, language: str) -> str:
    with override(language):
        return gettext(PROFILES[profile])
