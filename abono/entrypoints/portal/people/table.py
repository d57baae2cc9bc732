"""What each profile may do, for people to read: drawn from the one table of access (ACC-1).

Each page of the portal that belongs to members stands under one row. A test holds that none is missing and that the pages of a
row are for the same profiles, so that the table that people read cannot say anything else than the one that decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from abono.domain.identity.types import Profile
from abono.entrypoints.site.access import ACCESS
from abono.entrypoints.site.shell import PROFILES

ROWS: tuple[tuple[Promise, str], ...] = (
    (_("See Home"), "home"),
    (_("See use, campaigns and what nothing covered"), "usage usage-csv usage-pdf usage-sends uncovered own-limits campaigns campaign-estimate"),
    (_("See invoices, payments and credit"), "financial financial-csv invoice invoice-pdf credit credit-note-pdf payment payment-request slip-pdf fiscal-document withheld-proof year year-csv year-pdf"),
    (_("Read their notices, keep their own profile"), "notices notices-read profile switch-organization"),
    (_("See and change plan, package and licences"), "plans contract-pdf as-of change-plan coupon change cancel regret change-undo change-withdraw pay-interim advance-clock"),
    (_("Set own limits, contest charges, choose who is told"), "own-limits-save uncovered-contest notices-choose"),
    (_("Pay, make payment links, lock documents"), "pay-invoice withheld-prove payment-request-make slip-new-date slip-said-paid payment-links payment-links-make payment-links-revoke document-password"),
    (_("Keep the cards of My Wallet"), "wallet means mandate mandate-cancel wallet-reserve wallet-replace wallet-add wallet-use wallet-remove"),
    (_("See and change the data of the organization, and its financial contact"), "organization organization-change"),
    (_("Invite people, change and end what they may, free and keep licences"), "people people-in people-free people-kept people-kept-save people-invite member member-profile member-deactivate member-reactivate member-delete invitation-again invitation-withdraw"),
    (_("Make API keys, set up single sign-on"), "keys keys-create keys-rotate keys-bind keys-revoke sign-on sign-on-end"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` says of each profile, by its name, whether it may."""

    what: Promise
    cells: tuple[tuple[str | Promise, bool], ...]


def pages(names: str) -> list[str]:
    return [f"portal:{name}" for name in names.split()]


def columns() -> list[str | Promise]:
    return [PROFILES[profile.value] for profile in Profile]


def rows() -> list[Row]:
    return [
        Row(what, tuple((PROFILES[one.value], _may(one, names)) for one in Profile)) for what, names in ROWS
    ]


def _may(profile: Profile, names: str) -> bool:
    return all(profile in ACCESS[page].members for page in pages(names))
