"""The menu: which pages a member is offered, and which of them are closed for now (ACC-1, SEE-2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from abono.domain.identity.roles import Act
from abono.domain.identity.types import Profile
from abono.entrypoints.site.access import ACCESS

SETTINGS = _("Settings")
CUSTOMERS, BILLING, MONEY, PRICES = _("Customers"), _("Billing"), _("Money"), _("Prices")
ACCESS_OF_STAFF = _("Who has access")

Text = str | Promise


class Visitor(Protocol):
    """What the menu has to know of a visit."""

    @property
    def profile(self) -> str: ...
    @property
    def guest(self) -> bool: ...
    @property
    def restricted(self) -> bool: ...
    @property
    def sellers_word(self) -> str: ...
    @property
    def unread_notices(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu. Who may open it stands in `access.ACCESS`, and only there."""

    url_name: str
    label: Text
    icon: str  # of lucide
    group: Text = ""
    locked_when_restricted: bool = False  # END-1
    beside: str = ""  # where pages of it lie that are not below its own address


ENTRIES = (
    Entry("portal:home", _("Home"), "house"),
    Entry("portal:usage", _("Usage"), "chart-no-axes-column", locked_when_restricted=True),
    Entry("portal:campaigns", _("Campaigns"), "megaphone", locked_when_restricted=True),
    Entry("portal:notices", _("Notices"), "bell"),
    Entry("portal:profile", _("Profile"), "circle-user", beside="/settings/sign-on/"),
    Entry("portal:plans", _("Plans and contracts"), "scroll-text", SETTINGS, beside="/settings/changes/"),
    Entry(
        "portal:financial",
        _("Financial information"),
        "receipt-text",
        SETTINGS,
        beside="/settings/payments/",
    ),
    Entry("portal:wallet", _("My Wallet"), "wallet", SETTINGS),
    Entry("portal:organization", _("Organization"), "building-2", SETTINGS),
    Entry("portal:people", _("People"), "users", SETTINGS),
    Entry("portal:keys", _("API keys"), "key-round", SETTINGS),
)


BACK_OFFICE = (
    Entry("backoffice:metering", _("Metering"), "gauge"),
    Entry("backoffice:contracts", _("Contracts"), "scroll-text"),
    Entry("backoffice:money", _("Money to look at"), "circle-dollar-sign"),
    Entry("backoffice:approvals", _("Second person"), "user-round-check"),
    Entry("backoffice:act-as", _("See as a customer"), "eye", CUSTOMERS),
    Entry("backoffice:members", _("Customers’ people"), "user-round-search", CUSTOMERS),
    Entry("backoffice:changes", _("Changes waiting"), "replace", CUSTOMERS),
    Entry("backoffice:uncovered", _("Uncovered sends"), "circle-alert", CUSTOMERS),
    Entry("backoffice:as-of", _("How things stood"), "history", CUSTOMERS),
    Entry("backoffice:invoices", _("Invoices"), "receipt-text", BILLING, beside="/back-office/drafts/"),
    Entry("backoffice:runs", _("Billing runs"), "calendar-sync", BILLING),
    Entry("backoffice:fiscal", _("Fiscal documents"), "file-check", BILLING),
    Entry("backoffice:bank-files", _("Bank files"), "arrow-down-up", MONEY),
    Entry("backoffice:statements", _("Bank statements"), "file-text", MONEY),
    Entry("backoffice:reconciliation", _("Reconciliation"), "list-checks", MONEY),
    Entry("backoffice:payouts", _("Payouts"), "landmark", MONEY),
    Entry("backoffice:withheld", _("Taxes withheld"), "percent", MONEY),
    Entry("backoffice:journal", _("Journal"), "book-open-text", MONEY),
    Entry("backoffice:margins", _("Prices and costs"), "scale", PRICES),
    Entry("backoffice:versions", _("Newer versions"), "layers", PRICES),
    Entry(
        "backoffice:adjustments",
        _("Yearly adjustment"),
        "trending-up",
        PRICES,
        beside="/back-office/indexes/",
    ),
    Entry("backoffice:arrangements", _("Own prices and add-ons"), "tag", PRICES),
    Entry("backoffice:coupons", _("Coupons"), "ticket-percent", PRICES),
    Entry("backoffice:people", _("People"), "users", ACCESS_OF_STAFF, beside="/back-office/sign-on/"),
    Entry("backoffice:keys", _("API keys"), "key-round", ACCESS_OF_STAFF),
)
"""What waits for somebody stands first, with its count; then what is looked up, by what it is about."""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as one visitor sees it on one page."""

    label: Text
    icon: str
    url: str
    group: Text
    current: bool
    locked: Text  # the reason; empty when open
    count: int  # unread; 0 shows nothing


@dataclass(frozen=True, slots=True)
class Group:
    title: Text
    items: tuple[Item, ...]


def locked(url_name: str, *, restricted: bool, by_seller: bool = False) -> Text:
    """Why a page is closed for a contract in this state; empty when it is open."""
    if restricted and any(e.url_name == url_name and e.locked_when_restricted for e in ENTRIES):
        if by_seller:
            return _("Opens again when the seller lifts the restriction.")
        return _("Opens again when the overdue invoice is paid.")
    return ""


def menu(visitor: Visitor, *, path: str, address: Callable[[str], str] = reverse) -> tuple[Group, ...]:
    """The groups of the menu for a visitor; the entry under which `path` lies is the current one.

    A page that the profile may not open is absent, not locked (SEE-2).
    address   from a url name to its path; the style page passes one that knows pages not built yet
    """
    allowed = [
        (entry, address(entry.url_name))
        for entry in ENTRIES
        if Profile(visitor.profile) in ACCESS[entry.url_name].members
        and (ACCESS[entry.url_name].acting_as or not visitor.guest)
    ]
    here = _current(path, allowed)
    items = [
        Item(
            label=entry.label,
            icon=entry.icon,
            url=url,
            group=entry.group,
            current=url == here,
            locked=locked(
                entry.url_name, restricted=visitor.restricted, by_seller=bool(visitor.sellers_word)
            ),
            count=visitor.unread_notices if entry.url_name == "portal:notices" else 0,
        )
        for entry, url in allowed
    ]
    return _grouped(items)


def back_office(
    acts: Collection[Act], *, path: str, counts: Mapping[str, int], address: Callable[[str], str] = reverse
) -> tuple[Group, ...]:
    """The menu of the seller's people: the pages that their roles let them see.

    counts   how much waits on a page, by its url name
    """
    allowed = [(one, address(one.url_name)) for one in BACK_OFFICE if ACCESS[one.url_name].staff in acts]
    here = _current(path, allowed)
    return _grouped(
        [
            Item(one.label, one.icon, url, one.group, url == here, "", counts.get(one.url_name, 0))
            for one, url in allowed
        ]
    )


def _grouped(items: Sequence[Item]) -> tuple[Group, ...]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(str(item.group), []).append(item)  # each is translated once, not to be compared
    return tuple(Group(title, tuple(own)) for title, own in groups.items())


def _current(path: str, allowed: Sequence[tuple[Entry, str]]) -> str | None:
    """The entry beside which the path lies, else the longest address that it begins with; one that others begin with must match
    whole."""
    beside = [url for entry, url in allowed if entry.beside and entry.beside in path]
    if beside:
        return beside[0]
    urls = [url for _entry, url in allowed]
    home = {url for url in urls for other in urls if url != other and other.startswith(url)}
    matches = [url for url in urls if path == url or (url not in home and path.startswith(url))]
    return max(matches, key=len, default=None)
