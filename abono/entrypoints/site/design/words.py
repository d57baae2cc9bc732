"""Status words. A status is a word with a dot; the tone only helps the eye.

Each word has its noun as context: Spanish and Portuguese bend it (un contrato activo, una factura pagada).
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from abono.domain.invoicing.labels import reason_label
from abono.domain.payments.states import Because, Way
from abono.kernel.due import Means

Text = str | Promise

GOOD, WAIT, STOP, QUIET = "good", "wait", "stop", "quiet"

_STATUS: dict[tuple[str, str], tuple[Text, str]] = {
    ("contract", "pending"): (pgettext_lazy("contract", "Pending"), WAIT),
    ("contract", "active"): (pgettext_lazy("contract", "Active"), GOOD),
    ("contract", "restricted"): (pgettext_lazy("contract", "Restricted"), STOP),
    ("contract", "ending"): (pgettext_lazy("contract", "Ending"), WAIT),
    ("contract", "ended"): (pgettext_lazy("contract", "Ended"), QUIET),
    ("change", "quoted"): (pgettext_lazy("change", "Quoted"), QUIET),
    ("change", "confirm"): (pgettext_lazy("change", "To be confirmed"), WAIT),
    ("change", "approval"): (pgettext_lazy("change", "To be approved"), WAIT),
    ("change", "waiting"): (pgettext_lazy("change", "Waits for its payment"), WAIT),
    ("change", "scheduled"): (pgettext_lazy("change", "To come"), WAIT),
    ("change", "applied"): (pgettext_lazy("change", "Done"), GOOD),
    ("change", "given_up"): (pgettext_lazy("change", "Not paid"), QUIET),
    ("change", "lapsed"): (pgettext_lazy("change", "Given up"), QUIET),
    ("change", "refused"): (pgettext_lazy("change", "Refused"), QUIET),
    ("change", "withdrawn"): (pgettext_lazy("change", "Withdrawn"), QUIET),
    ("change", "rest_withdrawn"): (pgettext_lazy("change", "Done, but for what was to come"), GOOD),
    ("change", "undone"): (pgettext_lazy("change", "Undone"), QUIET),
    ("invoice", "draft"): (pgettext_lazy("invoice", "In preparation"), QUIET),
    ("invoice", "pending"): (pgettext_lazy("invoice", "Pending"), WAIT),
    ("invoice", "part_paid"): (pgettext_lazy("invoice", "Part paid"), WAIT),
    ("invoice", "overdue"): (pgettext_lazy("invoice", "Overdue"), STOP),
    ("invoice", "paid"): (pgettext_lazy("invoice", "Paid"), GOOD),
    ("invoice", "credited"): (pgettext_lazy("invoice", "Credited"), QUIET),
    ("invoice", "refunded"): (pgettext_lazy("invoice", "Refunded"), QUIET),
    ("invoice", "written_off"): (pgettext_lazy("invoice", "Written off"), QUIET),
    ("invoice", "disputed"): (pgettext_lazy("invoice", "Disputed"), WAIT),
    ("invoice", "cancelled"): (pgettext_lazy("invoice", "Cancelled"), QUIET),
    ("payment", "created"): (pgettext_lazy("payment", "Being confirmed"), WAIT),
    ("payment", "unknown"): (pgettext_lazy("payment", "Being confirmed"), WAIT),
    ("payment", "paid"): (pgettext_lazy("payment", "Paid"), GOOD),
    ("payment", "declined"): (pgettext_lazy("payment", "Declined"), STOP),
    ("payment", "lost"): (pgettext_lazy("payment", "Never reached the bank"), STOP),
    ("payment", "differs"): (pgettext_lazy("payment", "Being checked"), WAIT),
    ("payment", "reversed"): (pgettext_lazy("payment", "Taken back by the bank"), STOP),
    ("payment", "surplus"): (pgettext_lazy("payment", "To be given back"), WAIT),
    ("refund", "asked"): (pgettext_lazy("refund", "On its way"), WAIT),
    ("refund", "done"): (pgettext_lazy("refund", "Went back"), GOOD),
    ("refund", "failed"): (pgettext_lazy("refund", "Did not go back: we owe it"), STOP),
    ("refund", "owed"): (pgettext_lazy("refund", "To be paid by hand"), WAIT),
    ("refund", "again"): (pgettext_lazy("refund", "Did not go back: asked for once more"), QUIET),
    ("refund", "paid"): (pgettext_lazy("refund", "Paid otherwise"), GOOD),
    ("refund", "credit"): (pgettext_lazy("refund", "Kept as credit"), GOOD),
    ("dispute", "open"): (pgettext_lazy("dispute", "Not decided"), WAIT),
    ("dispute", "won"): (pgettext_lazy("dispute", "Won"), GOOD),
    ("dispute", "lost"): (pgettext_lazy("dispute", "Lost"), STOP),
    ("payment_link", "open"): (pgettext_lazy("payment link", "Open"), GOOD),
    ("payment_link", "paid"): (pgettext_lazy("payment link", "Paid"), QUIET),
    ("payment_link", "expired"): (pgettext_lazy("payment link", "Expired"), QUIET),
    ("payment_link", "revoked"): (pgettext_lazy("payment link", "Revoked"), QUIET),
    ("payment_link", "cancelled"): (pgettext_lazy("payment link", "Nothing is asked for"), QUIET),
    ("sending", "open"): (pgettext_lazy("sending", "Sending open"), GOOD),
    ("sending", "warned"): (pgettext_lazy("sending", "Open, near a limit"), WAIT),
    ("sending", "overage"): (pgettext_lazy("sending", "Open, beyond the package"), WAIT),
    ("sending", "capped"): (pgettext_lazy("sending", "Stopped by your own cap"), STOP),
    ("sending", "restricted"): (pgettext_lazy("sending", "Sending closed"), STOP),
    ("sending", "blocked"): (pgettext_lazy("sending", "Sending blocked"), STOP),
    ("campaign", "open"): (pgettext_lazy("campaign", "Open"), GOOD),
    ("campaign", "closed"): (pgettext_lazy("campaign", "Closed"), QUIET),
    ("campaign", "cancelled"): (pgettext_lazy("campaign", "Cancelled"), QUIET),
    ("campaign", "expired"): (pgettext_lazy("campaign", "Expired"), QUIET),
    ("uncovered", "open"): (pgettext_lazy("uncovered", "Not decided"), QUIET),
    ("uncovered", "let_go"): (pgettext_lazy("uncovered", "Not billed"), GOOD),
    ("uncovered", "announced"): (pgettext_lazy("uncovered", "Will be billed"), WAIT),
    ("uncovered", "due"): (pgettext_lazy("uncovered", "On the next invoice"), WAIT),
    ("uncovered", "contested"): (pgettext_lazy("uncovered", "Contested, not billed"), GOOD),
    ("uncovered", "billed"): (pgettext_lazy("uncovered", "Billed"), QUIET),
    ("uncovered", "withdrawn"): (pgettext_lazy("uncovered", "Not delivered, not billed"), GOOD),
    ("uncovered", "drawn"): (pgettext_lazy("uncovered", "Drawn from the package, not billed"), GOOD),
    ("run", "goes_on"): (pgettext_lazy("billing run", "Goes on"), WAIT),
    ("run", "ended"): (pgettext_lazy("billing run", "Ended"), GOOD),
    ("approval", "asked"): (pgettext_lazy("approval", "Waiting"), WAIT),
    ("approval", "done"): (pgettext_lazy("approval", "Done"), GOOD),
    ("approval", "failed"): (pgettext_lazy("approval", "No longer possible"), STOP),
    ("approval", "refused"): (pgettext_lazy("approval", "Refused"), STOP),
    ("approval", "withdrawn"): (pgettext_lazy("approval", "Withdrawn"), QUIET),
    ("approval", "expired"): (pgettext_lazy("approval", "Ran out"), QUIET),
    ("card", "in-use"): (pgettext_lazy("card", "In use"), GOOD),
    ("card", "reserve"): (pgettext_lazy("card", "Reserve"), QUIET),
    ("card", "stopped"): (pgettext_lazy("card", "Not charged"), STOP),
    ("card", "saved"): (pgettext_lazy("card", "Saved"), QUIET),
    ("card", "expiring"): (pgettext_lazy("card", "Expires soon"), WAIT),
    ("card", "expired"): (pgettext_lazy("card", "Expired"), STOP),
    ("request", "created"): (pgettext_lazy("payment request", "Being asked for"), WAIT),
    ("request", "asked"): (pgettext_lazy("payment request", "Being registered"), WAIT),
    ("request", "announced"): (pgettext_lazy("payment request", "Announced"), WAIT),
    ("request", "payable"): (pgettext_lazy("payment request", "Can be paid"), WAIT),
    ("request", "paid"): (pgettext_lazy("payment request", "Paid"), GOOD),
    ("request", "refused"): (pgettext_lazy("payment request", "Refused by the bank"), STOP),
    ("request", "ended"): (pgettext_lazy("payment request", "Ended"), QUIET),
    ("mandate", "created"): (pgettext_lazy("automatic Pix", "Being asked for"), WAIT),
    ("mandate", "asked"): (pgettext_lazy("automatic Pix", "Waits for the bank"), WAIT),
    ("mandate", "agreed"): (pgettext_lazy("automatic Pix", "Authorized"), GOOD),
    ("mandate", "ending"): (pgettext_lazy("automatic Pix", "Cancelled, bank not confirmed"), QUIET),
    ("mandate", "refused"): (pgettext_lazy("automatic Pix", "Refused"), STOP),
    ("mandate", "ended"): (pgettext_lazy("automatic Pix", "Ended"), QUIET),
    ("bank_line", ""): (pgettext_lazy("bank line", "Waits"), WAIT),
    ("bank_line", "registered"): (pgettext_lazy("bank line", "Can be paid"), GOOD),
    ("bank_line", "refused"): (pgettext_lazy("bank line", "Refused by the bank"), STOP),
    ("bank_line", "not_done"): (pgettext_lazy("bank line", "Not written off"), STOP),
    ("bank_line", "paid"): (pgettext_lazy("bank line", "Paid"), GOOD),
    ("bank_line", "written_off"): (pgettext_lazy("bank line", "Written off"), QUIET),
    ("bank_line", "new_due_date"): (pgettext_lazy("bank line", "New due date"), GOOD),
    ("bank_line", "noted"): (pgettext_lazy("bank line", "Changes nothing"), QUIET),
    ("bank_line", "known"): (pgettext_lazy("bank line", "Was so already"), QUIET),
    ("bank_line", "kept"): (pgettext_lazy("bank line", "Money to look at"), STOP),
    ("bank_line", "unknown"): (pgettext_lazy("bank line", "No slip of ours"), STOP),
    ("bank_movement", "open"): (pgettext_lazy("bank movement", "To be looked at"), WAIT),
    ("bank_movement", "paid"): (pgettext_lazy("bank movement", "Pays"), GOOD),
    ("bank_movement", "left_out"): (pgettext_lazy("bank movement", "Left out"), QUIET),
    ("bank_movement", "out"): (pgettext_lazy("bank movement", "Money that left"), QUIET),
    ("bank_file", "waits"): (pgettext_lazy("bank file", "To be downloaded"), WAIT),
    ("bank_file", "fetched"): (pgettext_lazy("bank file", "Downloaded"), GOOD),
    ("bank_file", "done"): (pgettext_lazy("bank file", "Applied"), GOOD),
    ("bank_file", "goes_on"): (pgettext_lazy("bank file", "Being applied"), WAIT),
    ("fiscal", "to_issue"): (pgettext_lazy("fiscal document", "To be issued"), WAIT),
    ("fiscal", "exported"): (pgettext_lazy("fiscal document", "Being issued"), WAIT),
    ("fiscal", "issued"): (pgettext_lazy("fiscal document", "Issued"), GOOD),
    ("fiscal", "refused"): (pgettext_lazy("fiscal document", "Refused"), STOP),
    ("fiscal", "to_cancel"): (pgettext_lazy("fiscal document", "To be cancelled"), WAIT),
    ("fiscal", "cancelled"): (pgettext_lazy("fiscal document", "Cancelled"), QUIET),
    ("fiscal", "again"): (pgettext_lazy("fiscal document", "Listed again"), QUIET),
    ("fiscal_line", "issued"): (pgettext_lazy("fiscal line", "Issued"), GOOD),
    ("fiscal_line", "refused"): (pgettext_lazy("fiscal line", "Refused"), STOP),
    ("fiscal_line", "cancelled"): (pgettext_lazy("fiscal line", "Cancelled"), QUIET),
    ("fiscal_line", "added"): (pgettext_lazy("fiscal line", "Completed"), GOOD),
    ("fiscal_line", "known"): (pgettext_lazy("fiscal line", "Was so already"), QUIET),
    ("invitation", "waiting"): (pgettext_lazy("invitation", "Waiting"), WAIT),
    ("invitation", "expired"): (pgettext_lazy("invitation", "Ran out"), QUIET),
    ("invitation", "accepted"): (pgettext_lazy("invitation", "Accepted"), GOOD),
    ("invitation", "declined"): (pgettext_lazy("invitation", "Declined"), QUIET),
    ("invitation", "withdrawn"): (pgettext_lazy("invitation", "Withdrawn"), QUIET),
    ("member", "active"): (pgettext_lazy("member", "Active"), GOOD),
    ("member", "deactivated"): (pgettext_lazy("member", "Deactivated"), QUIET),
    ("key", "active"): (pgettext_lazy("key", "Active"), GOOD),
    ("key", "expired"): (pgettext_lazy("key", "Expired"), QUIET),
    ("key", "revoked"): (pgettext_lazy("key", "Revoked"), QUIET),
}


WAYS: dict[Way, Text] = {
    Way.TRANSFER: pgettext_lazy("way of payment", "By transfer"),
    Way.CASH: pgettext_lazy("way of payment", "In cash"),
    Way.OTHER: pgettext_lazy("way of payment", "Otherwise"),
    Way.PIX: pgettext_lazy("way of payment", "By Pix"),
    Way.SLIP: pgettext_lazy("way of payment", "By slip"),
}
BECAUSE: dict[Because, Text] = {
    Because.MISTAKE: pgettext_lazy("why money goes back", "Billed by mistake"),
    Because.TWICE: pgettext_lazy("why money goes back", "Paid twice, or too much"),
    Because.SERVICE: pgettext_lazy("why money goes back", "The service was not as promised"),
    Because.LEFT: pgettext_lazy("why money goes back", "Credit that was left when the contract ended"),
    Because.REGRET: pgettext_lazy("why money goes back", "The contract was given back in its first days"),
    Because.OTHER: pgettext_lazy("why money goes back", "Another reason"),
}
MEANS: dict[Means, Text] = {
    Means.CARD: pgettext_lazy("means of payment", "Card"),
    Means.PIX: pgettext_lazy("means of payment", "Pix"),
    Means.SLIP: pgettext_lazy("means of payment", "Slip (boleto)"),
}
# Gateways by what people call them; one that is not here is shown by the name that it has in the settings.
_GATEWAYS: dict[str, Text] = {
    "simulator": gettext_lazy("Payment simulator"),
    "simulator_pix": gettext_lazy("Pix of the simulator"),
    "stripe": "Stripe",
    "stripe_push": gettext_lazy("Slips and Pix of Stripe"),
    "pix": "Pix",
    "bank_boleto": pgettext_lazy("means of payment", "Slip (boleto)"),
}
_CONTACT_KINDS: dict[str, Text] = {
    "company_started": pgettext_lazy("contact event", "The company wrote first"),
    "contact_message": pgettext_lazy("contact event", "The contact wrote"),
    "mass_send_answered": pgettext_lazy("contact event", "A mass send was answered"),
    "ticket_public": pgettext_lazy("contact event", "A ticket moved in public"),
    "agent_action": pgettext_lazy("contact event", "An automation agent acted"),
    "mass_send": pgettext_lazy("contact event", "A mass send"),
    "automatic_reply": pgettext_lazy("contact event", "An automatic reply"),
    "ticket_internal": pgettext_lazy("contact event", "An internal ticket"),
    "ad_click": pgettext_lazy("contact event", "A click on an ad"),
}


# What somebody works as for the seller, and what that lets them do (`identity.roles`).
ROLES: dict[str, tuple[Text, Text]] = {
    "owner": (
        pgettext_lazy("role", "Owner"),
        pgettext_lazy("role", "Everything, and who works here, in which role, and with which API keys."),
    ),
    "billing": (
        pgettext_lazy("role", "Billing"),
        pgettext_lazy(
            "role",
            "Corrects invoices, makes payment links, settles money and uncovered sends, is the second person for it.",
        ),
    ),
    "support": (
        pgettext_lazy("role", "Support"),
        pgettext_lazy(
            "role",
            "Reads everything, makes payment links, sees the portal as a customer sees it, and lets in a customer’s member who lost the second proof. Changes nothing else.",
        ),
    ),
    "catalog": (
        pgettext_lazy("role", "Catalog"),
        pgettext_lazy("role", "Moves contracts to newer versions, is the second person for it."),
    ),
    "reader": (pgettext_lazy("role", "Reader"), pgettext_lazy("role", "Reads everything. Changes nothing.")),
}


def source(code: str) -> str:
    """Where money lies, a gateway or a way without one, in words; the code itself where it has none."""
    ways = {way.value: name for way, name in WAYS.items()}
    return str({**_GATEWAYS, **ways}.get(code, code))


def contact_kind(code: str) -> Text:
    """What happened with a contact, in words; the code itself where it has none."""
    return _CONTACT_KINDS.get(code, code)


_MOVED: dict[str, Text] = {  # as flows record them
    "first charge paid": gettext_lazy("First charge paid"),
    "trial": gettext_lazy("The trial began"),
    "debt": gettext_lazy("An invoice was overdue for too long"),
    "debt settled": gettext_lazy("What was overdue is settled"),
    "cancelled": gettext_lazy("Its time is over: it was cancelled"),
}


def moved(reason: str) -> Text:
    """Why a contract came to a state: what the seller wrote, or words for what a use case says."""
    return _MOVED.get(reason) or reason_label(reason, get_language() or "en")


def status(noun: str, code: str) -> tuple[Text, str]:
    """Word and tone of a state, such as `("contract", "active")`. Raises KeyError for one without a word."""
    return _STATUS[noun, code]


def statuses(noun: str) -> tuple[str, ...]:
    """Every state of a noun that has a word, in the order of its life."""
    return tuple(code for owner, code in _STATUS if owner == noun)
