"""What the seller's people may do: the one table that says it (ACC-1, ACC-5). What is not in it is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum


class Role(Enum):
    """What somebody works as for the seller. A person has one or more."""

    OWNER = "owner"
    BILLING = "billing"
    SUPPORT = "support"
    CATALOG = "catalog"
    READER = "reader"


class Act(Enum):
    """What can be done in the back office. Every page of it, and every operation of the API for the seller alone, needs one."""

    READ = "read"  # look at everything of the back office that is not of people or keys
    CORRECT = "correct"  # credit notes, invoices made out anew, own prices and add-ons of a contract
    LINKS = "links"  # payment links of an invoice, made, sent and revoked
    MONEY = "money"  # money at gateways: what matches nothing, what they pay out
    UNCOVERED = "uncovered"  # what sends cost that nothing covers
    CHANGES = "changes"  # approve or refuse what customers want to change of their contracts
    COUPONS = "coupons"  # coupons made, ended and taken back
    VERSIONS = "versions"  # contracts in force go on with newer versions
    ORDER = "order"  # contract for somebody, over the API
    APPROVE = "approve"  # be the second person, for acts that one may do oneself
    ACT_AS = "act_as"  # see the portal as a customer sees it
    RECOVER = "recover"  # remove the second proof of a customer's member who lost it
    MEMBERS = "members"  # members of customers, and what an organization says of itself, over the API
    KEYS = "keys"  # the seller's API keys
    PEOPLE = "people"  # who works for the seller, and as what


MAY: Mapping[Role, frozenset[Act]] = {
    Role.OWNER: frozenset(Act) - {Act.ORDER, Act.MEMBERS},
    Role.BILLING: frozenset(
        {
            Act.READ,
            Act.CORRECT,
            Act.LINKS,
            Act.MONEY,
            Act.UNCOVERED,
            Act.COUPONS,
            Act.CHANGES,
            Act.APPROVE,
            Act.ACT_AS,
        }
    ),
    Role.SUPPORT: frozenset({Act.READ, Act.LINKS, Act.ACT_AS, Act.RECOVER}),
    Role.CATALOG: frozenset({Act.READ, Act.COUPONS, Act.VERSIONS, Act.APPROVE}),
    Role.READER: frozenset({Act.READ}),
}
# A key of the seller with the scope for it. Never what only a person may: to be the second one, to let people in here.
BY_KEY = frozenset(
    {
        Act.READ,
        Act.CORRECT,
        Act.LINKS,
        Act.MONEY,
        Act.UNCOVERED,
        Act.COUPONS,
        Act.CHANGES,
        Act.VERSIONS,
        Act.ORDER,
        Act.MEMBERS,
    }
)


def acts_of(roles: Collection[Role]) -> frozenset[Act]:
    """Everything that somebody with these roles may do; nothing for nobody's."""
    return frozenset[Act]().union(*(MAY[role] for role in roles))
