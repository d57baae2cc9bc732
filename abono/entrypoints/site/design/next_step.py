"""What happens at the next mark of a channel package, in one sentence (SEE-4, LIM-1…5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from abono.domain.notices.types import Audience


@dataclass(frozen=True, slots=True)
class Stands:
    """How a package stands.

    reached      how many marks are behind: 80 %, the package, 90 % of the limit
    closed       the cycle is over: nothing comes any more
    capped       the customer's own cap stops sends; cap_next: it does so before the next mark
    told         who gets a notice at 80 %
    pay, bigger  what opens blocked sending: paying the overage, a bigger package
    """

    reached: int
    limited: bool
    has_overage: bool
    told: Collection[Audience]
    beyond: bool = False
    blocked: bool = False
    closed: bool = False
    capped: bool = False
    cap_next: bool = False
    pay: bool = True
    bigger: bool = True


def sentence(at: Stands, facts: dict[str, str]) -> str:
    """`facts` are the amounts of the marks as the language writes them."""
    return _sentence(at, facts).format(**facts)


def _sentence(at: Stands, facts: dict[str, str]) -> str:
    if at.closed:
        return (
            _("{beyond} went beyond the package.") if at.beyond else _("{left} of the package was left, and is lost.")
        )  # fmt: skip
    if at.blocked:
        return _ways_out(at)
    if at.capped:
        return _(
            "Your own cap of {cap} stops sends that cost something, until the next cycle or until you raise the cap."
        )
    if at.reached == 0 and at.told and not at.cap_next:
        return _who_hears(at.told)
    if at.cap_next:
        return _("At {cap}, your own cap, sends that cost something stop.")
    if not at.has_overage and at.bigger:
        return _("At {value} sending is blocked until the next cycle, or until you raise the package.")
    if not at.has_overage:
        return _("At {value} sending is blocked until the next cycle.")
    return _beyond_at_a_share(at) if facts["share"] else _beyond(at)


def _ways_out(at: Stands) -> str:
    if at.pay and at.bigger:
        return _("Pay what is beyond the package, or raise the package: sending resumes at that moment.")
    if at.pay:
        return _("Pay what is beyond the package: sending resumes at that moment.")
    if at.bigger:
        return _("Raise the package: sending resumes at that moment.")
    return _("Sending opens again with the next cycle.")


def _beyond(at: Stands) -> str:
    if at.reached <= 1 and at.limited:
        return _(
            "Beyond {value} sending goes on at the same prices, up to {limit}; that part is on the next invoice."
        )
    if at.reached <= 1:
        return _("Beyond {value} sending goes on at the same prices; that part is on the next invoice.")
    if at.limited:
        return _("What is beyond the package will be on the next invoice. At {limit} sending is blocked.")
    return _("What is beyond the package will be on the next invoice.")


def _beyond_at_a_share(at: Stands) -> str:
    """The same where use beyond the package costs something else than inside it (LIM-1)."""
    if at.reached <= 1 and at.limited:
        return _(
            "Beyond {value} sending goes on up to {limit}, at {share} of the session prices; that part is on the next invoice."
        )
    if at.reached <= 1:
        return _(
            "Beyond {value} sending goes on at {share} of the session prices; that part is on the next invoice."
        )
    if at.limited:
        return _(
            "What is beyond the package will be on the next invoice, at {share} of the session prices."
            " At {limit} sending is blocked."
        )
    return _("What is beyond the package will be on the next invoice, at {share} of the session prices.")


def _who_hears(told: Collection[Audience]) -> str:
    if set(told) == {Audience.ADMINISTRATORS}:
        return _("At {warn} ({percent}) administrators get a notice.")
    if set(told) == {Audience.FINANCIAL_CONTACT}:
        return _("At {warn} ({percent}) the financial contact gets a notice.")
    return _("At {warn} ({percent}) administrators and the financial contact get a notice.")
