"""Which article of the help stands beside which page: one table (HLP-1). The texts lie in `articles/<language>/<slug>.md`.

Articles about pages of the back office stand apart: the seller's people alone read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

QUESTIONS = "questions"  # the frequent ones


@dataclass(frozen=True, slots=True)
class Entry:
    """An article.

    slug    the name of its files, and its address
    pages   url names of the pages beside which it stands; the first is the one that it is about
    see     slugs of what to read next
    leads   whether the article leads to its page: not where that is there for some only
    sellers of the seller's people alone
    """

    slug: str
    pages: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    leads: bool = True
    sellers: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    title: Promise
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        _("To begin"),
        (
            Entry("prices", ("public:prices", "public:root"), ("contracting", QUESTIONS)),
            Entry(
                "contracting",
                (
                    "public:order",
                    "public:order-details",
                    "public:order-pay",
                    "public:order-done",
                    "public:order-otherwise",
                    "public:order-resume",
                    "public:terms",
                ),
                ("prices", "wallet", "regret"),
            ),
            Entry(
                "sign-in",
                (
                    "portal:sign-in",
                    "portal:forgot",
                    "portal:choose-password",
                    "portal:set-password",
                    "portal:sign-on-in",
                    "portal:email-back",
                ),
                ("security", "invitation"),
            ),
            Entry(
                "invitation",
                ("portal:invitation", "portal:invitation-link"),
                ("sign-in", "profile"),
                leads=False,
            ),
        ),
    ),
    Group(
        _("Day by day"),
        (
            Entry("home", ("portal:home",), ("usage", "plans", "notices")),
            Entry("usage", ("portal:usage",), ("own-limits", "financial", QUESTIONS)),
            Entry("own-limits", ("portal:own-limits", "portal:own-limits-save"), ("usage", "change-plan")),
            Entry("uncovered", ("portal:uncovered",), ("usage", "financial")),
            Entry("campaigns", ("portal:campaigns", "portal:campaign-estimate"), ("usage", "own-limits")),
            Entry("notices", ("portal:notices", "portal:notices-choose"), ("home", "financial")),
        ),
    ),
    Group(
        _("Settings"),
        (
            Entry("plans", ("portal:plans",), ("change-plan", "wallet", "financial", QUESTIONS)),
            Entry("change-plan", ("portal:change-plan", "portal:change"), ("plans", "pay", QUESTIONS)),
            Entry("coupon", ("portal:coupon",), ("plans", "financial")),
            Entry("cancel", ("portal:cancel",), ("plans", "regret")),
            Entry("regret", ("portal:regret",), ("plans", "financial")),
            Entry("as-of", ("portal:as-of",), ("plans", "financial")),
            Entry("sandbox-clock", ("portal:advance-clock",), ("plans", "keys"), leads=False),
            Entry(
                "financial",
                (
                    "portal:financial",
                    "portal:invoice",
                    "portal:fiscal-document",
                    "portal:withheld-prove",
                    "portal:withheld-proof",
                ),
                ("pay", "contested", "credit", "document-password"),
            ),
            Entry(
                "pay",
                (
                    "portal:pay-invoice",
                    "portal:payment",
                    "portal:payment-request",
                    "portal:slip-pdf",
                    "portal:payment-request-make",
                    "portal:slip-new-date",
                    "portal:slip-said-paid",
                    "public:payment-back",
                ),
                ("wallet", "payment-links", "financial"),
            ),
            Entry(
                "payment-links",
                (
                    "portal:payment-links",
                    "portal:payment-links-make",
                    "public:pay",
                    "public:pay-asked",
                    "public:payment-link",
                ),
                ("pay", "financial"),
            ),
            Entry("contested", (), ("financial", "pay")),
            Entry("year", ("portal:year",), ("financial", "credit")),
            Entry("credit", ("portal:credit",), ("financial", "change-plan")),
            Entry("document-password", ("portal:document-password",), ("financial",)),
            Entry(
                "wallet",
                (
                    "portal:wallet",
                    "portal:wallet-add",
                    "portal:wallet-replace",
                    "portal:wallet-remove",
                    "portal:means",
                    "portal:mandate",
                    "portal:mandate-cancel",
                ),
                ("pay", "plans"),
            ),
            Entry(
                "organization",
                ("portal:organization", "portal:organization-change"),
                ("financial", "notices", "people"),
            ),
            Entry(
                "people",
                (
                    "portal:people",
                    "portal:people-invite",
                    "portal:people-in",
                    "portal:people-kept",
                    "portal:people-kept-save",
                    "portal:member",
                    "portal:member-delete",
                ),
                ("invitation", "organization", "security"),
            ),
            Entry(
                "keys",
                (
                    "portal:keys",
                    "portal:keys-create",
                    "portal:keys-rotate",
                    "portal:keys-bind",
                    "public:codes",
                ),
                ("usage", "security"),
            ),
        ),
    ),
    Group(
        _("Your account"),
        (
            Entry("profile", ("portal:profile",), ("security", "notices")),
            Entry(
                "security",
                (
                    "portal:security",
                    "portal:password-change",
                    "portal:email-change",
                    "portal:email-proof",
                    "portal:codes-add",
                    "portal:codes-remove",
                    "portal:recovery-codes",
                    "portal:passkey-add",
                    "portal:passkey-remove",
                    "account_login",
                    "account_reauthenticate",
                    "mfa_authenticate",
                ),
                ("sign-in", "sign-on"),
            ),
            Entry("sign-on", ("portal:sign-on",), ("security", "sign-in")),
        ),
    ),
    Group(_("Frequent questions"), (Entry(QUESTIONS, (), ("prices", "plans", "change-plan", "financial")),)),
)

SELLERS = (
    Entry(
        "bank-files",
        ("backoffice:bank-files", "backoffice:bank-file"),
        ("bank-statements", "reconciliation"),
        sellers=True,
    ),
    Entry(
        "bank-statements",
        ("backoffice:statements", "backoffice:statement"),
        ("bank-files", "reconciliation"),
        sellers=True,
    ),
    Entry(
        "reconciliation",
        ("backoffice:reconciliation",),
        ("bank-files", "bank-statements", "disputes"),
        sellers=True,
    ),
    Entry("disputes", ("backoffice:invoice-standing",), ("reconciliation",), sellers=True),
)


def entries() -> Iterator[Entry]:
    """Those that everybody reads."""
    for group in GROUPS:
        yield from group.entries


_BY_SLUG = {entry.slug: entry for entry in (*entries(), *SELLERS)}
_BY_PAGE = {page: entry for entry in _BY_SLUG.values() for page in entry.pages}


def find(slug: str) -> Entry | None:
    return _BY_SLUG.get(slug)


def beside(page: str) -> Entry | None:
    """The article of a page, by the page's url name; None where it has none."""
    return _BY_PAGE.get(page)


def url(slug: str) -> str:
    """Where it is read, in the language that is active."""
    entry = _BY_SLUG.get(slug)
    sellers = entry is not None and entry.sellers
    return reverse("backoffice:help-article" if sellers else "public:help-article", args=[slug])
