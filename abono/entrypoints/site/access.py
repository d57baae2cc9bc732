"""Who may open which page: one table, asked before every view; what is not in it is refused (ACC-1)."""

from __future__ import annotations

from dataclasses import dataclass

from abono.domain.identity.roles import Act
from abono.domain.identity.types import Profile
from abono.entrypoints.site.visit import ADMINISTRATORS, MEMBERS, READERS


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a page.

    members     those of the organization that is looked at, by profile
    staff       what somebody who works for the seller must be allowed to do, for the seller's own pages
                (`identity.roles`); for all others these do not exist (ACC-2)
    staff_does  the same for what the page changes; None: as for looking
    acting_as   who looks at a customer without being its member: pages that change nothing. Whoever works for the
                seller (ACC-5), and who paid a contract whose administrator has not come yet (CON-9)
    everybody   anyone, signed in or not
    fresh       asks for a factor when none was given in the last fifteen minutes (ACC-3)
    signed_in   whoever is signed in, member of whatever or of nothing: pages about the person alone
    """

    members: frozenset[Profile] = frozenset()
    staff: Act | None = None
    staff_does: Act | None = None
    acting_as: bool = False
    everybody: bool = False
    fresh: bool = False
    signed_in: bool = False


SEEN_BY_ALL_MEMBERS = Rule(MEMBERS, acting_as=True)
HOME, AGENTS_HOME = "portal:home", "portal:notices"
SEEN_BY_READERS = Rule(READERS, acting_as=True)
SEEN_BY_ADMINISTRATORS = Rule(ADMINISTRATORS, acting_as=True)
DONE_BY_MEMBERS = Rule(MEMBERS)
DONE_BY_ADMINISTRATORS = Rule(ADMINISTRATORS)
PROVEN_BY_ADMINISTRATORS = Rule(ADMINISTRATORS, fresh=True)
STAFF = Rule(staff=Act.READ)
SIGNED_IN = Rule(signed_in=True)
PROVEN = Rule(signed_in=True, fresh=True)
EVERYBODY = Rule(everybody=True)
WALLET_ACTS = ("add", "replace", "reserve", "use", "remove")

ACCESS: dict[str, Rule] = {
    "portal:home": SEEN_BY_READERS,
    "portal:usage": SEEN_BY_READERS,
    "portal:usage-csv": SEEN_BY_READERS,
    "portal:usage-pdf": SEEN_BY_READERS,
    "portal:own-limits": SEEN_BY_READERS,
    "portal:own-limits-save": DONE_BY_ADMINISTRATORS,
    "portal:usage-sends": SEEN_BY_READERS,
    "portal:uncovered": SEEN_BY_READERS,
    "portal:uncovered-contest": DONE_BY_ADMINISTRATORS,
    "portal:campaigns": SEEN_BY_READERS,
    "portal:campaign-estimate": SEEN_BY_READERS,
    "portal:plans": SEEN_BY_ADMINISTRATORS,
    "portal:contract-pdf": SEEN_BY_ADMINISTRATORS,
    "portal:change-plan": DONE_BY_ADMINISTRATORS,
    "portal:coupon": DONE_BY_ADMINISTRATORS,
    "portal:change": PROVEN_BY_ADMINISTRATORS,
    "portal:change-link": EVERYBODY,
    "portal:cancel": DONE_BY_ADMINISTRATORS,
    "portal:regret": PROVEN_BY_ADMINISTRATORS,
    "portal:change-undo": DONE_BY_ADMINISTRATORS,
    "portal:change-withdraw": DONE_BY_ADMINISTRATORS,
    "portal:pay-interim": DONE_BY_ADMINISTRATORS,
    "portal:advance-clock": DONE_BY_ADMINISTRATORS,
    "portal:as-of": SEEN_BY_ADMINISTRATORS,
    "portal:financial": SEEN_BY_READERS,
    "portal:financial-csv": SEEN_BY_READERS,
    "portal:invoice": SEEN_BY_READERS,
    "portal:invoice-pdf": SEEN_BY_READERS,
    "portal:slip-pdf": SEEN_BY_READERS,
    "portal:document-password": PROVEN_BY_ADMINISTRATORS,
    "portal:pay-invoice": DONE_BY_ADMINISTRATORS,
    "portal:payment-request-make": DONE_BY_ADMINISTRATORS,
    "portal:slip-new-date": DONE_BY_ADMINISTRATORS,
    "portal:slip-said-paid": DONE_BY_ADMINISTRATORS,
    "portal:payment-request": SEEN_BY_READERS,
    "portal:payment-links": SEEN_BY_ADMINISTRATORS,
    "portal:payment-links-make": DONE_BY_ADMINISTRATORS,
    "portal:payment-links-revoke": DONE_BY_ADMINISTRATORS,
    "portal:credit": SEEN_BY_READERS,
    "portal:credit-note-pdf": SEEN_BY_READERS,
    "portal:payment": SEEN_BY_READERS,
    "portal:wallet": SEEN_BY_ADMINISTRATORS,
    "portal:means": DONE_BY_ADMINISTRATORS,
    "portal:mandate": DONE_BY_ADMINISTRATORS,
    "portal:mandate-cancel": DONE_BY_ADMINISTRATORS,
    **{f"portal:wallet-{act}": PROVEN_BY_ADMINISTRATORS for act in WALLET_ACTS},
    "portal:notices": SEEN_BY_ALL_MEMBERS,
    "portal:notices-read": DONE_BY_MEMBERS,
    "portal:notices-choose": DONE_BY_ADMINISTRATORS,
    "portal:organization": SEEN_BY_ADMINISTRATORS,
    "portal:organization-change": PROVEN_BY_ADMINISTRATORS,
    "portal:people": SEEN_BY_ADMINISTRATORS,
    "portal:people-in": SEEN_BY_ADMINISTRATORS,
    "portal:people-free": DONE_BY_ADMINISTRATORS,
    "portal:people-kept": SEEN_BY_ADMINISTRATORS,
    "portal:people-kept-save": DONE_BY_ADMINISTRATORS,
    "portal:people-invite": PROVEN_BY_ADMINISTRATORS,
    "portal:member": SEEN_BY_ADMINISTRATORS,
    "portal:member-profile": PROVEN_BY_ADMINISTRATORS,
    "portal:member-deactivate": PROVEN_BY_ADMINISTRATORS,
    "portal:member-reactivate": PROVEN_BY_ADMINISTRATORS,
    "portal:member-delete": PROVEN_BY_ADMINISTRATORS,
    "portal:invitation-again": PROVEN_BY_ADMINISTRATORS,
    "portal:invitation-withdraw": PROVEN_BY_ADMINISTRATORS,
    "portal:keys": SEEN_BY_ADMINISTRATORS,
    "portal:keys-create": PROVEN_BY_ADMINISTRATORS,
    "portal:keys-rotate": PROVEN_BY_ADMINISTRATORS,
    "portal:keys-bind": PROVEN_BY_ADMINISTRATORS,
    "portal:keys-revoke": PROVEN_BY_ADMINISTRATORS,
    "portal:profile": DONE_BY_MEMBERS,
    "portal:switch-organization": DONE_BY_MEMBERS,
    "portal:sign-in": EVERYBODY,
    "portal:sign-out": EVERYBODY,
    "portal:set-password": EVERYBODY,
    "portal:choose-password": EVERYBODY,
    "portal:forgot": EVERYBODY,
    "portal:security": SIGNED_IN,
    "portal:password-change": PROVEN,
    "portal:email-change": PROVEN,
    "portal:email-proof-link": EVERYBODY,
    "portal:email-proof": PROVEN,
    "portal:email-back-link": EVERYBODY,
    "portal:email-back": EVERYBODY,
    "portal:session-end": SIGNED_IN,
    "portal:sessions-end": SIGNED_IN,
    "portal:codes-add": PROVEN,
    "portal:codes-remove": PROVEN,
    "portal:recovery-codes": PROVEN,
    "portal:sign-on-in": EVERYBODY,
    "portal:sign-on-go": EVERYBODY,
    "openid_connect_callback": EVERYBODY,
    "portal:sign-on": PROVEN_BY_ADMINISTRATORS,
    "portal:sign-on-end": PROVEN_BY_ADMINISTRATORS,
    "portal:passkey-add": PROVEN,
    "portal:passkey-remove": PROVEN,
    "portal:passkey-sign-in": EVERYBODY,
    "portal:passkey-second": EVERYBODY,
    "portal:passkey-again": SIGNED_IN,
    "account_login": EVERYBODY,
    "account_reauthenticate": SIGNED_IN,
    "mfa_authenticate": EVERYBODY,
    "portal:set-language": EVERYBODY,
    "portal:invitation": EVERYBODY,
    "portal:invitation-link": EVERYBODY,
    "portal:invitation-leave": EVERYBODY,
    "portal:style": EVERYBODY,
    "public:root": EVERYBODY,
    "public:prices": EVERYBODY,
    "public:order": EVERYBODY,
    "public:order-details": EVERYBODY,
    "public:order-pay": EVERYBODY,
    "public:order-done": EVERYBODY,
    "public:order-otherwise": EVERYBODY,
    "public:order-resume": EVERYBODY,
    "public:terms": EVERYBODY,
    "public:codes": EVERYBODY,
    "public:help": EVERYBODY,
    "public:help-article": EVERYBODY,
    "public:payment-back": EVERYBODY,
    "public:payment-link": EVERYBODY,
    "public:pay": EVERYBODY,
    "public:pay-asked": EVERYBODY,
    "public:stripe-fields": EVERYBODY,
    "backoffice:contracts": STAFF,
    "backoffice:contract": STAFF,
    "backoffice:contract-pdf": STAFF,
    "backoffice:arrangements": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:arrangement": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:as-of": STAFF,
    "backoffice:cancel": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:regret": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:left-alone": Rule(staff=Act.CORRECT),
    "backoffice:restriction": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:trial": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:coupons": Rule(staff=Act.READ, staff_does=Act.COUPONS, fresh=True),
    "backoffice:coupon": Rule(staff=Act.READ, staff_does=Act.COUPONS, fresh=True),
    "backoffice:invoices": STAFF,
    "backoffice:invoice": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:invoices-csv": STAFF,
    "backoffice:invoice-standing": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:invoice-reissue": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:journal": STAFF,
    "backoffice:journal-csv": STAFF,
    "backoffice:payment-links": STAFF,
    "backoffice:payment-links-make": Rule(staff=Act.LINKS),
    "backoffice:payment-links-revoke": Rule(staff=Act.LINKS),
    "backoffice:drafts": STAFF,
    "backoffice:draft-new": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:draft": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:draft-pdf": STAFF,
    "backoffice:margins": STAFF,
    "backoffice:metering": STAFF,
    "backoffice:money": STAFF,
    "backoffice:money-ask": Rule(staff=Act.MONEY),
    "backoffice:money-close": Rule(staff=Act.MONEY, fresh=True),
    "backoffice:payouts": Rule(staff=Act.READ, staff_does=Act.MONEY, fresh=True),
    "backoffice:payout-withdraw": Rule(staff=Act.MONEY, fresh=True),
    "backoffice:withheld": Rule(staff=Act.READ, staff_does=Act.CORRECT, fresh=True),
    "backoffice:withheld-prove": Rule(staff=Act.CORRECT, fresh=True),
    "backoffice:bank-files": STAFF,
    "backoffice:bank-file": STAFF,
    "backoffice:bank-file-content": STAFF,
    "backoffice:bank-file-write": Rule(staff=Act.MONEY, fresh=True),
    "backoffice:bank-file-take": Rule(staff=Act.MONEY, fresh=True),
    "backoffice:runs": STAFF,
    "backoffice:run": STAFF,
    "backoffice:run-again": Rule(staff=Act.CORRECT),
    "backoffice:changes": STAFF,
    "backoffice:change": Rule(staff=Act.READ, staff_does=Act.CHANGES, fresh=True),
    "backoffice:adjustments": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:adjustment": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:adjustment-line": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:adjustment-csv": STAFF,
    "backoffice:indexes": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:index": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:index-csv": STAFF,
    "backoffice:versions": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:versions-batch": Rule(staff=Act.READ, staff_does=Act.VERSIONS, fresh=True),
    "backoffice:versions-csv": STAFF,
    "backoffice:act-as": Rule(staff=Act.ACT_AS, staff_does=Act.ACT_AS, fresh=True),
    "backoffice:act-as-stop": Rule(staff=Act.ACT_AS),
    "backoffice:approvals": STAFF,
    "backoffice:approval": Rule(staff=Act.READ, staff_does=Act.APPROVE, fresh=True),
    "backoffice:keys": Rule(staff=Act.KEYS),
    "backoffice:keys-create": Rule(staff=Act.KEYS, fresh=True),
    "backoffice:keys-rotate": Rule(staff=Act.KEYS, fresh=True),
    "backoffice:keys-bind": Rule(staff=Act.KEYS, fresh=True),
    "backoffice:keys-revoke": Rule(staff=Act.KEYS, fresh=True),
    "backoffice:members": Rule(staff=Act.RECOVER),
    "backoffice:member": Rule(staff=Act.RECOVER, fresh=True),
    "backoffice:people": Rule(staff=Act.PEOPLE, staff_does=Act.PEOPLE, fresh=True),
    "backoffice:person": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:person-link": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:person-remove": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:person-second-proof": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:sign-on": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:sign-on-end": Rule(staff=Act.PEOPLE, fresh=True),
    "backoffice:uncovered": STAFF,
    "backoffice:uncovered-decide": Rule(staff=Act.READ, staff_does=Act.UNCOVERED, fresh=True),
}
