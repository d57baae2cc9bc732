"""Who may what, once for all doors: pages, by profile or role; the API and the fast lane, by scope (S-43, ACC-1, ACC-4).

A key is made by an Administrator, and stands for one in what it looks at (`read`) and in what costs money (`write`). What
is about people, keys and cards is for people alone: it asks a fresh factor, or is typed at the gateway.
"""

from __future__ import annotations

from dataclasses import dataclass

from abono.domain.identity.keys import METER, READ, WRITE
from abono.domain.identity.roles import Act
from abono.domain.identity.types import Profile

NOBODY: frozenset[Profile] = frozenset()
ADMINISTRATORS = frozenset({Profile.ADMINISTRATOR})
READERS = ADMINISTRATORS | {Profile.VIEWER}
MEMBERS = frozenset(Profile)


@dataclass(frozen=True, slots=True)
class May:
    """One act. `members` may by its pages, a key with one of `scopes` by its calls (operationId); with `act` it is the
    seller's alone: by those pages for whose role it is, by those calls for a key of the seller's."""

    what: str
    members: frozenset[Profile] = NOBODY
    scopes: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    act: Act | None = None


def looks(what: str, members: frozenset[Profile], pages: str, calls: str, *, meter: bool = False) -> May:
    return May(what, members, (READ, METER) if meter else (READ,), tuple(pages.split()), tuple(calls.split()))


def does(what: str, pages: str, calls: str, members: frozenset[Profile] = ADMINISTRATORS) -> May:
    return May(what, members, (WRITE,), tuple(pages.split()), tuple(calls.split()))


def sellers(what: str, act: Act, scope: str, pages: str, calls: str) -> May:
    return May(what, NOBODY, (scope,), tuple(pages.split()), tuple(calls.split()), act)


MATRIX = (
    looks(
        "contracts",
        ADMINISTRATORS,
        "portal:plans portal:as-of portal:contract-pdf",
        "list_contracts read_contract list_arrangements read_contract_as_of read_contract_pdf read_next_invoice read_payment_means list_contract_coupons",
    ),
    looks("how things stand", READERS, "portal:home", ""),
    looks(
        "use",
        READERS,
        "portal:usage portal:usage-csv portal:usage-pdf portal:usage-sends",
        "list_cycles read_cycle read_cycle_pdf list_sends read_cycle_licences",
    ),
    looks(
        "one send, the balance, what is allowed, who is in",
        READERS,
        "",
        "read_send read_balance read_entitlements read_entitlement list_leases",
        meter=True,
    ),
    looks("own limits", READERS, "portal:own-limits", "read_own_limits"),
    looks(
        "what nothing covered",
        READERS,
        "portal:uncovered",
        "list_uncovered_sends list_uncovered_decisions list_late_events",
    ),
    looks("campaigns", READERS, "portal:campaigns", "list_campaigns read_campaign", meter=True),
    looks(
        "what a campaign would cost",
        READERS,
        "portal:campaign-estimate",
        "create_campaign_estimate",
        meter=True,
    ),
    looks(
        "invoices",
        READERS,
        "portal:financial portal:financial-csv portal:invoice portal:invoice-pdf portal:payment portal:payment-request portal:slip-pdf portal:fiscal-document portal:withheld-proof",
        "list_invoices read_invoice read_invoice_pdf list_payment_requests read_payment_request read_slip_pdf read_fiscal_document read_fiscal_document_file read_withholding_proof",
    ),
    looks(
        "credit",
        READERS,
        "portal:credit portal:credit-note-pdf portal:year portal:year-csv portal:year-pdf",
        "read_paid_year read_paid_year_pdf list_credit_notes read_credit_note read_credit_note_pdf read_credit",
    ),
    looks("payment links", ADMINISTRATORS, "portal:payment-links", "list_payment_links read_payment_link"),
    looks("who is told of what", ADMINISTRATORS, "", "read_notice_choices"),
    looks("changes of plan", ADMINISTRATORS, "", "list_changes read_change"),
    looks("why a contract is restricted", ADMINISTRATORS, "", "list_restrictions"),
    looks("until when they are left alone", ADMINISTRATORS, "", "read_left_alone"),
    looks("events", ADMINISTRATORS, "", "list_events"),
    looks("orders", ADMINISTRATORS, "", "list_orders read_order"),
    looks("cards", ADMINISTRATORS, "portal:wallet", "list_cards"),
    looks("automatic Pix", ADMINISTRATORS, "", "list_mandates read_mandate"),
    looks(
        "people",
        ADMINISTRATORS,
        "portal:people portal:member portal:people-in",
        "list_members list_invitations list_licence_refusals",
    ),
    looks("the organization", ADMINISTRATORS, "portal:organization", "read_organization"),
    looks("licences for groups", ADMINISTRATORS, "portal:people-kept", "read_kept_licences"),
    looks("keys", ADMINISTRATORS, "portal:keys", ""),
    looks("notices", MEMBERS, "portal:notices", ""),
    May(
        "one of the seller's, which no customer has",
        scopes=(READ,),
        calls=(
            "read_approval",
            "read_one_off_invoice",
            "read_one_off_invoice_pdf",
            "read_version_move",
            "read_adjustment",
            "read_index",
            "read_coupon",
            "list_coupon_redemptions",
        ),
    ),
    May("how the meter is", scopes=(READ, METER), calls=("read_health",)),
    does("set own limits", "portal:own-limits-save", "put_own_limits"),
    does("contest", "portal:uncovered-contest", "create_uncovered_contest"),
    does(
        "change plan",
        "portal:change-plan portal:change portal:change-undo portal:change-withdraw",
        "create_change accept_change create_change_payment_request undo_change withdraw_change",
    ),
    does("redeem a coupon", "portal:coupon", "create_contract_coupon"),
    does(
        "cancel a contract, and take that back",
        "portal:cancel",
        "create_cancellation create_cancellation_withdrawal",
    ),
    does("give a contract back", "portal:regret", "create_regret"),
    does("pay the interim", "portal:pay-interim", "create_interim_invoice"),
    does(
        "pay an invoice",
        "portal:pay-invoice portal:payment-request-make portal:slip-new-date portal:slip-said-paid",
        "create_payment create_payment_request create_slip_new_due_date create_slip_said_paid",
    ),
    does("prove what was withheld", "portal:withheld-prove", "create_withholding_proof"),
    does("say how invoices are paid", "portal:means", "put_payment_means"),
    does("ask for automatic Pix", "portal:mandate", "create_mandate"),
    does("cancel automatic Pix", "portal:mandate-cancel", "create_mandate_cancellation"),
    does("make a payment link", "portal:payment-links-make", "create_payment_link"),
    does("revoke a payment link", "portal:payment-links-revoke", "create_payment_link_revocation"),
    does("choose who is told", "portal:notices-choose", "put_notice_choices"),
    does("advance a sandbox", "portal:advance-clock", "create_clock_advance"),
    does(
        "cards",
        "portal:wallet-add portal:wallet-replace portal:wallet-reserve portal:wallet-use portal:wallet-remove",
        "put_reserve_card",
    ),
    does(
        "people",
        "portal:people-free portal:people-invite portal:member-profile portal:member-deactivate portal:member-reactivate"
        " portal:member-delete portal:invitation-again portal:invitation-withdraw",
        "",
    ),
    does("the organization", "portal:organization-change", ""),
    does("licences for groups", "portal:people-kept-save", "put_kept_licences"),
    does("keys", "portal:keys-create portal:keys-rotate portal:keys-bind portal:keys-revoke", ""),
    does("password of documents", "portal:document-password", ""),
    does("single sign-on", "portal:sign-on portal:sign-on-end", ""),
    does("one's own", "portal:profile portal:switch-organization portal:notices-read", "", MEMBERS),
    May(
        "ask what would be charged",
        scopes=(READ, WRITE),
        calls=("preview_order", "preview_change_undo", "preview_regret", "preview_cancellation"),
    ),
    May(
        "tell of use",
        scopes=(METER,),
        calls=(
            "create_holds",
            "create_settlements",
            "create_interactions",
            "create_campaign_settlements",
            "create_leases",
            "create_lease_heartbeats",
            "create_lease_releases",
            "create_campaign",
            "create_campaign_extension",
            "close_campaign",
            "cancel_campaign",
            "create_cloudevents",
            "create_zenvia_event",
        ),
    ),
    sellers("help about these pages", Act.READ, READ, "backoffice:help-article", ""),
    sellers("payouts", Act.READ, READ, "", "list_payouts"),
    sellers(
        "taxes that are withheld",
        Act.READ,
        READ,
        "backoffice:withheld-proof",
        "list_withholding_rates list_missing_withholding_proofs",
    ),
    sellers(
        "set what is withheld, and keep proofs",
        Act.CORRECT,
        WRITE,
        "backoffice:withheld backoffice:withheld-prove",
        "create_withholding_rate",
    ),
    sellers(
        "record payouts",
        Act.MONEY,
        WRITE,
        "backoffice:payouts backoffice:payout-withdraw",
        "create_payout withdraw_payout",
    ),
    sellers(
        "bank files",
        Act.READ,
        READ,
        "backoffice:bank-files backoffice:bank-file backoffice:bank-file-content",
        "list_bank_accounts list_bank_files read_bank_file read_bank_file_content list_bank_file_lines",
    ),
    sellers(
        "send and take bank files",
        Act.MONEY,
        WRITE,
        "backoffice:bank-file-write backoffice:bank-file-take",
        "create_remittance create_bank_file",
    ),
    sellers(
        "bank statements",
        Act.READ,
        READ,
        "backoffice:statements backoffice:statement backoffice:statement-csv backoffice:statement-content",
        "list_bank_statements read_bank_statement list_bank_movements read_bank_statement_content",
    ),
    sellers(
        "take bank statements",
        Act.MONEY,
        WRITE,
        "backoffice:statement-take",
        "create_bank_statement",
    ),
    sellers(
        "say what a movement of a bank statement is",
        Act.CORRECT,
        WRITE,
        "backoffice:statement-say",
        "create_movement_payment close_bank_movement create_movement_reopening",
    ),
    sellers(
        "fiscal documents",
        Act.READ,
        READ,
        "backoffice:fiscal backoffice:fiscal-export backoffice:fiscal-export-csv backoffice:fiscal-return backoffice:invoice-fiscal-file",
        "list_invoices_to_issue list_fiscal_exports read_fiscal_export",
    ),
    sellers(
        "export and take fiscal documents",
        Act.MONEY,
        WRITE,
        "backoffice:fiscal-write backoffice:fiscal-take backoffice:invoice-fiscal",
        "create_fiscal_export put_fiscal_document",
    ),
    sellers(
        "billing runs", Act.READ, READ, "backoffice:runs backoffice:run", "list_billing_runs read_billing_run"
    ),
    sellers(
        "try renewals again that were given up",
        Act.CORRECT,
        WRITE,
        "backoffice:run-again",
        "create_renewal_again",
    ),
    sellers("journal", Act.READ, READ, "backoffice:journal backoffice:journal-csv", "list_journal"),
    sellers(
        "reconciliation of a day",
        Act.READ,
        READ,
        "backoffice:reconciliation backoffice:reconciliation-csv",
        "read_reconciliation",
    ),
    sellers(
        "what waits for a second person",
        Act.READ,
        READ,
        "backoffice:approvals",
        "list_approvals",
    ),
    sellers(
        "moves to other versions",
        Act.READ,
        READ,
        "backoffice:versions-csv",
        "list_version_moves",
    ),
    sellers(
        "adjustments and indexes",
        Act.READ,
        READ,
        "backoffice:adjustment-csv backoffice:index-csv",
        "list_adjustments list_indexes",
    ),
    sellers(
        "everything else to look at",
        Act.READ,
        READ,
        "backoffice:contracts backoffice:contract backoffice:contract-pdf backoffice:as-of backoffice:invoices backoffice:invoices-csv backoffice:drafts backoffice:payment-links backoffice:margins backoffice:metering backoffice:money backoffice:uncovered",
        "",
    ),
    sellers("credit", Act.CORRECT, WRITE, "backoffice:invoice", "create_credit_note"),
    sellers("cancel a contract for its customer", Act.CORRECT, WRITE, "backoffice:cancel", ""),
    sellers("give a contract back for its customer", Act.CORRECT, WRITE, "backoffice:regret", ""),
    sellers(
        "restrict a contract",
        Act.CORRECT,
        WRITE,
        "backoffice:restriction",
        "create_restriction create_restriction_lift",
    ),
    sellers("leave a customer alone", Act.CORRECT, WRITE, "backoffice:left-alone", "put_left_alone"),
    sellers("move the end of a trial", Act.CORRECT, WRITE, "backoffice:trial", "put_trial_end"),
    May(
        "ask what would be credited",
        scopes=(READ, WRITE),
        calls=("preview_credit_note_of_invoice",),
        act=Act.CORRECT,
    ),
    sellers(
        "own prices and add-ons",
        Act.CORRECT,
        WRITE,
        "backoffice:arrangements backoffice:arrangement",
        "create_arrangement create_arrangement_preview end_arrangement create_arrangement_end_preview",
    ),
    sellers(
        "drafts of one-off invoices",
        Act.READ,
        READ,
        "backoffice:draft-pdf",
        "list_one_off_invoices list_invoices_in_review",
    ),
    sellers(
        "write and issue one-off invoices",
        Act.CORRECT,
        WRITE,
        "backoffice:draft-new backoffice:draft",
        "create_one_off_invoice put_one_off_invoice create_one_off_issue cancel_one_off_invoice create_issue_after_review create_parking",
    ),
    sellers(
        "record payments, write off, open and end disputes, decide of refunds that failed",
        Act.CORRECT,
        WRITE,
        "backoffice:invoice-standing",
        "create_received_payment withdraw_received_payment create_write_off create_reopening create_dispute"
        " end_invoice_dispute put_dispute_evidence create_refund_retry create_refund_payout create_refund_credit",
    ),
    sellers("what is contested", Act.READ, READ, "", "list_disputes read_dispute"),
    sellers("give money back", Act.CORRECT, WRITE, "backoffice:invoice-refund", "create_refund"),
    May(
        "ask what would go back",
        scopes=(READ, WRITE),
        calls=("preview_refund_of_invoice",),
        act=Act.CORRECT,
    ),
    sellers("make out anew", Act.CORRECT, WRITE, "backoffice:invoice-reissue", "create_reissue"),
    sellers("which coupons there are", Act.READ, READ, "", "list_coupons"),
    sellers(
        "make, end and take back coupons",
        Act.COUPONS,
        WRITE,
        "backoffice:coupons backoffice:coupon",
        "create_coupon end_coupon withdraw_contract_coupon",
    ),
    sellers(
        "changes that wait",
        Act.READ,
        READ,
        "backoffice:changes",
        "list_waiting_changes",
    ),
    sellers(
        "approve changes",
        Act.CHANGES,
        WRITE,
        "backoffice:change",
        "approve_change refuse_change",
    ),
    sellers(
        "move to other versions",
        Act.VERSIONS,
        WRITE,
        "backoffice:versions backoffice:versions-batch",
        "create_version_move apply_version_move",
    ),
    sellers(
        "adjust prices by an index",
        Act.VERSIONS,
        WRITE,
        "backoffice:adjustments backoffice:adjustment backoffice:adjustment-line backoffice:indexes backoffice:index",
        "put_index create_adjustment apply_adjustment withdraw_adjustment",
    ),
    sellers(
        "decide what nothing covered",
        Act.UNCOVERED,
        WRITE,
        "backoffice:uncovered-decide",
        "create_uncovered_decision",
    ),
    sellers(
        "members of customers",
        Act.MEMBERS,
        WRITE,
        "",
        "create_invitation create_invitation_resend withdraw_member_invitation put_member_profile"
        " create_member_deactivation create_member_reactivation create_member_deletion put_organization",
    ),
    sellers(
        "order for somebody",
        Act.ORDER,
        WRITE,
        "",
        "create_order put_order create_order_card_fields create_order_payment create_order_payment_request"
        " withdraw_order_payment_request",
    ),
    # An API call for these is the customer's own, which a key of the seller's makes for it.
    sellers(
        "payment links", Act.LINKS, WRITE, "backoffice:payment-links-make backoffice:payment-links-revoke", ""
    ),
    sellers(
        "money that matches nothing", Act.MONEY, WRITE, "backoffice:money-ask backoffice:money-close", ""
    ),
    sellers("be the second person", Act.APPROVE, WRITE, "backoffice:approval", ""),
    sellers("see as a customer", Act.ACT_AS, WRITE, "backoffice:act-as backoffice:act-as-stop", ""),
    sellers(
        "members who lost their second proof", Act.RECOVER, WRITE, "backoffice:members backoffice:member", ""
    ),
    sellers(
        "the seller's keys",
        Act.KEYS,
        WRITE,
        "backoffice:keys backoffice:keys-create backoffice:keys-rotate backoffice:keys-bind backoffice:keys-revoke",
        "",
    ),
    sellers(
        "the seller's people",
        Act.PEOPLE,
        WRITE,
        "backoffice:people backoffice:person backoffice:person-link backoffice:person-remove backoffice:person-second-proof backoffice:sign-on backoffice:sign-on-end",
        "",
    ),
)
OPEN_CALLS = {  # without a key of ours
    "read_catalog",
    "read_terms",
    "read_licence_keys",
    "read_live",
    "read_ready",
    "options_cloudevents",
    "create_whatsapp_notification",  # by its provider's signature, like the next
    "create_twilio_callback",
    "read_whatsapp_challenge",
}
