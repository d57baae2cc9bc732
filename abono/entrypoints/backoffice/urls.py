from __future__ import annotations

from django.urls import path

from abono.entrypoints.backoffice.acting import views as acting
from abono.entrypoints.backoffice.adjustments import indexes
from abono.entrypoints.backoffice.adjustments import views as adjustments
from abono.entrypoints.backoffice.approvals import views as approvals
from abono.entrypoints.backoffice.arrangements import views as arrangements
from abono.entrypoints.backoffice.bank_files import views as bank_files
from abono.entrypoints.backoffice.changes import views as changes
from abono.entrypoints.backoffice.contracts import cancel, document, left_alone, regret, restriction, trial
from abono.entrypoints.backoffice.contracts import views as contracts
from abono.entrypoints.backoffice.coupons import views as coupons
from abono.entrypoints.backoffice.drafts import views as drafts
from abono.entrypoints.backoffice.fiscal import invoice as invoice_fiscal
from abono.entrypoints.backoffice.fiscal import views as fiscal
from abono.entrypoints.backoffice.invoices import refund as invoice_refund
from abono.entrypoints.backoffice.invoices import standing as invoice_standing
from abono.entrypoints.backoffice.invoices import views as invoices
from abono.entrypoints.backoffice.journal import views as journal
from abono.entrypoints.backoffice.margins import views as margins
from abono.entrypoints.backoffice.metering import views as metering
from abono.entrypoints.backoffice.money import views as money
from abono.entrypoints.backoffice.payouts import views as payouts
from abono.entrypoints.backoffice.people import members
from abono.entrypoints.backoffice.people import views as people
from abono.entrypoints.backoffice.reconciliation import views as reconciliation
from abono.entrypoints.backoffice.runs import views as runs
from abono.entrypoints.backoffice.statements import views as statements
from abono.entrypoints.backoffice.uncovered import views as uncovered
from abono.entrypoints.backoffice.versions import views as versions
from abono.entrypoints.backoffice.withheld import views as withheld
from abono.entrypoints.site.as_of import pages as as_of
from abono.entrypoints.site.help import views as help_views
from abono.entrypoints.site.keys import pages as keys
from abono.entrypoints.site.payment_links import pages as payment_links
from abono.entrypoints.site.sign_on import setup as sign_on

app_name = "backoffice"
urlpatterns = [
    path("act-as/", acting.page, name="act-as"),
    path("act-as/stop/", acting.stop, name="act-as-stop"),
    path("arrangements/", arrangements.page, name="arrangements"),
    path("arrangements/<str:arrangement_id>/", arrangements.arrangement, name="arrangement"),
    path("as-of/", as_of.page, name="as-of"),
    path("approvals/", approvals.page, name="approvals"),
    path("approvals/<str:approval_id>/", approvals.approval, name="approval"),
    path("bank-files/", bank_files.page, name="bank-files"),
    path("bank-files/write/", bank_files.write, name="bank-file-write"),
    path("bank-files/take/", bank_files.receive, name="bank-file-take"),
    path("bank-files/<str:file_id>/", bank_files.file, name="bank-file"),
    path("bank-files/<str:file_id>/download/", bank_files.content, name="bank-file-content"),
    path("statements/", statements.page, name="statements"),
    path("statements/take/", statements.receive, name="statement-take"),
    path("statements/movements/<str:movement_id>/", statements.say, name="statement-say"),
    path("statements/<str:statement_id>/", statements.statement, name="statement"),
    path("statements/<str:statement_id>/csv/", statements.csv, name="statement-csv"),
    path("statements/<str:statement_id>/download/", statements.content, name="statement-content"),
    path("contracts/", contracts.page, name="contracts"),
    path("contracts/<str:contract_id>/", contracts.contract, name="contract"),
    path("contracts/<str:contract_id>/pdf/", document.pdf, name="contract-pdf"),
    path("contracts/<str:contract_id>/cancel/", cancel.page, name="cancel"),
    path("contracts/<str:contract_id>/regret/", regret.page, name="regret"),
    path("contracts/<str:contract_id>/left-alone/", left_alone.page, name="left-alone"),
    path("contracts/<str:contract_id>/restriction/", restriction.page, name="restriction"),
    path("contracts/<str:contract_id>/trial/", trial.page, name="trial"),
    path("coupons/", coupons.page, name="coupons"),
    path("coupons/<str:coupon_id>/", coupons.coupon, name="coupon"),
    path("fiscal/", fiscal.page, name="fiscal"),
    path("fiscal/write/", fiscal.write, name="fiscal-write"),
    path("fiscal/take/", fiscal.receive, name="fiscal-take"),
    path("fiscal/exports/<str:export_id>/", fiscal.export, name="fiscal-export"),
    path("fiscal/exports/<str:export_id>/csv/", fiscal.csv, name="fiscal-export-csv"),
    path("fiscal/files/<str:return_id>/", fiscal.returned, name="fiscal-return"),
    path("invoices/", invoices.page, name="invoices"),
    path("invoices/csv/", invoices.csv, name="invoices-csv"),
    path("invoices/<str:invoice_id>/", invoices.invoice, name="invoice"),
    path("invoices/<str:invoice_id>/standing/", invoice_standing.page, name="invoice-standing"),
    path("invoices/<str:invoice_id>/fiscal/", invoice_fiscal.page, name="invoice-fiscal"),
    path("invoices/<str:invoice_id>/fiscal/<str:part>/", invoice_fiscal.file, name="invoice-fiscal-file"),
    path("invoices/<str:invoice_id>/refund/", invoice_refund.page, name="invoice-refund"),
    path("invoices/<str:invoice_id>/reissue/", invoices.reissue, name="invoice-reissue"),
    path("invoices/<str:invoice_id>/links/", payment_links.page, name="payment-links"),
    path("invoices/<str:invoice_id>/links/new/", payment_links.make, name="payment-links-make"),
    path(
        "invoices/<str:invoice_id>/links/<str:link_id>/revoke/",
        payment_links.revoke,
        name="payment-links-revoke",
    ),
    path("journal/", journal.page, name="journal"),
    path("journal/csv/", journal.csv, name="journal-csv"),
    path("reconciliation/", reconciliation.page, name="reconciliation"),
    path("reconciliation/csv/", reconciliation.csv, name="reconciliation-csv"),
    path("payouts/", payouts.page, name="payouts"),
    path("payouts/<str:payout_id>/withdraw/", payouts.withdraw, name="payout-withdraw"),
    path("keys/", keys.page, name="keys"),
    path("keys/new/", keys.create, name="keys-create"),
    path("keys/<str:key_id>/rotate/", keys.rotate, name="keys-rotate"),
    path("keys/<str:key_id>/addresses/", keys.bind, name="keys-bind"),
    path("keys/<str:key_id>/revoke/", keys.revoke, name="keys-revoke"),
    path("margins/", margins.page, name="margins"),
    path("metering/", metering.page, name="metering"),
    path("members/", members.page, name="members"),
    path("members/<str:member_id>/", members.member, name="member"),
    path("money/", money.page, name="money"),
    path("money/<str:money_id>/ask/", money.ask_again, name="money-ask"),
    path("money/<str:money_id>/close/", money.close, name="money-close"),
    path("drafts/", drafts.page, name="drafts"),
    path("drafts/new/<str:contract_id>/", drafts.new, name="draft-new"),
    path("drafts/<str:draft_id>/", drafts.draft, name="draft"),
    path("drafts/<str:draft_id>/pdf/", drafts.pdf, name="draft-pdf"),
    path("people/", people.page, name="people"),
    path("people/<str:person_id>/", people.person, name="person"),
    path("people/<str:person_id>/link/", people.link, name="person-link"),
    path("people/<str:person_id>/remove/", people.remove, name="person-remove"),
    path("people/<str:person_id>/second-proof/", people.second_proof, name="person-second-proof"),
    path("runs/", runs.page, name="runs"),
    path("runs/again/", runs.again, name="run-again"),
    path("runs/<str:run_id>/", runs.run, name="run"),
    path("changes/", changes.page, name="changes"),
    path("changes/<str:change_id>/", changes.change, name="change"),
    path("adjustments/", adjustments.page, name="adjustments"),
    path("adjustments/<str:adjustment_id>/", adjustments.adjustment, name="adjustment"),
    path("adjustments/<str:adjustment_id>/csv/", adjustments.csv, name="adjustment-csv"),
    path("adjustments/<str:adjustment_id>/<str:contract_id>/", adjustments.line, name="adjustment-line"),
    path("indexes/", indexes.page, name="indexes"),
    path("indexes/<str:code>/", indexes.index, name="index"),
    path("indexes/<str:code>/csv/", indexes.csv, name="index-csv"),
    path("versions/", versions.page, name="versions"),
    path("versions/<str:batch_id>/", versions.batch, name="versions-batch"),
    path("versions/<str:batch_id>/csv/", versions.csv, name="versions-csv"),
    path("sign-on/", sign_on.page, name="sign-on"),
    path("sign-on/end/", sign_on.end, name="sign-on-end"),
    path("help/<slug:slug>/", help_views.sellers_article, name="help-article"),
    path("withheld/", withheld.page, name="withheld"),
    path("withheld/<str:receipt_id>/proof/", withheld.prove, name="withheld-prove"),
    path("withheld/<str:receipt_id>/proof/<str:place>/", withheld.file, name="withheld-proof"),
    path("uncovered/", uncovered.page, name="uncovered"),
    path("uncovered/<str:contract_id>/", uncovered.decide, name="uncovered-decide"),
]
