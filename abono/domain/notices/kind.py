"""What a kind of notice is made of, and the pages that notices lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from abono.domain.notices.types import Audience, Facts
from abono.kernel.errors import _

WHO_ANSWERS = (Audience.ADMINISTRATORS, Audience.FINANCIAL_CONTACT)  # LIM-3

PLANS, FINANCIAL, USAGE = "portal:plans", "portal:financial", "portal:usage"
INVOICE = "portal:invoice"  # the one that the fact `invoice_id` names
INVITATION = "portal:invitation"  # the one that the fact `invitation_id` names
PAYMENT = "portal:payment"  # the one that the fact `payment_id` names
ORDER = "public:order-resume"  # the one that the fact `order_id` names: nobody can sign in yet
PAYMENT_LINK = "public:payment-link"  # with the secret of the one that the fact `payment_link_id` names
CHANGE = "portal:change"  # the one that the fact `change_id` names; `by_link`: a mail leads there by its link
CHANGE_TO_DECIDE = "backoffice:change"  # the one that the fact `change_id` names
CHANGE_PLAN = "portal:change-plan"  # of the contract that the fact `contract_id` names
OWN_LIMITS = "portal:own-limits"
UNCOVERED = "portal:uncovered"
DECIDE_UNCOVERED = "backoffice:uncovered-decide"  # of the contract that the fact `contract_id` names
STANDING = "backoffice:invoice-standing"  # of the invoice that the fact `invoice_id` names
BANK_FILE = "backoffice:bank-file"  # the one that the fact `file_id` names
APPROVAL = "backoffice:approval"  # the one that the fact `approval_id` names
PEOPLE, ORGANIZATION = "portal:people", "portal:organization"
KEYS, SELLERS_KEYS = "portal:keys", "backoffice:keys"
BACK_OFFICE, RUNS, MONEY = "backoffice:metering", "backoffice:runs", "backoffice:money"
AUTOMATIC_PIX = "portal:mandate"
REPLACE_CARD = "portal:wallet-replace"  # the one that the fact `card_id` names
HOME, WALLET, SET_PASSWORD = "portal:home", "portal:wallet", "portal:set_password"

LINES = "lines"  # a fact: lines as a change keeps them, each of which is a row in the words of an invoice

SOMEBODY_DID = _("If nobody at {organization} did this, write to {seller_email} at once.")
AS_STAFF = _("You get this because you work here. If that is not so, write to {seller_email}.")
BY_ITSELF = _(
    "You get this as one of those who answer for {organization} here. If that is not so, write to {seller_email}."
)


@dataclass(frozen=True, slots=True)
class Case:
    """What is added to the body when the facts say so; the first case that fits is the one."""

    when: Callable[[Facts], bool]
    says: tuple[str, ...]
    page: str = ""  # instead of the kind's own
    button: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str  # for lists of what can be told
    title: str
    body: tuple[str, ...]
    needs: tuple[str, ...]
    page: str
    button: str
    figure: str = ""  # of facts alone, the same in every language
    caption: str = ""
    rows: tuple[tuple[str, str], ...] = ()  # label, name of the fact, or LINES; left out when there is none
    cases: tuple[Case, ...] = ()
    then: tuple[Case, ...] = ()  # added after that, the first that fits as well: sentences alone
    unexpected: str = BY_ITSELF
    audience: tuple[Audience, ...] = WHO_ANSWERS
    for_seller: bool = False  # about a customer, told to the people of the seller: the customer never sees it
    apart: bool = False  # for whoever its mail goes to: the list of the customer does not have it


def always(facts: Facts) -> bool:
    return True
