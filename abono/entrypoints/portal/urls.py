from __future__ import annotations

from django.urls import path

from abono.entrypoints.portal.account import (
    codes,
    email,
    forgot,
    invitation,
    passkeys,
    profile,
    security,
    set_password,
    sign_in,
    sign_on,
)
from abono.entrypoints.portal.campaigns import estimate as campaign_estimate
from abono.entrypoints.portal.campaigns import views as campaigns
from abono.entrypoints.portal.contracts import cancel, change, change_plan, coupon, document, regret
from abono.entrypoints.portal.contracts import clock as sandbox
from abono.entrypoints.portal.contracts import views as plans
from abono.entrypoints.portal.financial import asked, credit, document_password, invoice, withheld, year
from abono.entrypoints.portal.financial import views as financial
from abono.entrypoints.portal.home import views as home
from abono.entrypoints.portal.notices import choices as notice_choices
from abono.entrypoints.portal.notices import views as notices
from abono.entrypoints.portal.organization import change as organization_change
from abono.entrypoints.portal.organization import views as organization
from abono.entrypoints.portal.own_limits import views as own_limits
from abono.entrypoints.portal.payment import views as payment
from abono.entrypoints.portal.people import invite as people_invite
from abono.entrypoints.portal.people import kept as people_kept
from abono.entrypoints.portal.people import licences as people_licences
from abono.entrypoints.portal.people import member
from abono.entrypoints.portal.people import views as people
from abono.entrypoints.portal.uncovered import views as uncovered
from abono.entrypoints.portal.usage import sends as usage_sends
from abono.entrypoints.portal.usage import statement
from abono.entrypoints.portal.usage import views as usage
from abono.entrypoints.portal.wallet import add as wallet_add
from abono.entrypoints.portal.wallet import automatic, means
from abono.entrypoints.portal.wallet import views as wallet
from abono.entrypoints.site.as_of import pages as as_of
from abono.entrypoints.site.keys import pages as keys
from abono.entrypoints.site.payment_links import pages as payment_links
from abono.entrypoints.site.sign_on import setup
from abono.entrypoints.site.style import views as style

app_name = "portal"
urlpatterns = [
    path("home/", home.page, name="home"),
    path("settings/people/", people.page, name="people"),
    path("settings/people/in/", people_licences.page, name="people-in"),
    path("settings/people/in/free/", people_licences.free, name="people-free"),
    path("settings/people/kept/", people_kept.page, name="people-kept"),
    path("settings/people/kept/save/", people_kept.save, name="people-kept-save"),
    path("settings/people/invite/", people_invite.page, name="people-invite"),
    path(
        "settings/people/invitations/<str:invitation_id>/again/", people_invite.again, name="invitation-again"
    ),
    path(
        "settings/people/invitations/<str:invitation_id>/withdraw/",
        people_invite.withdraw,
        name="invitation-withdraw",
    ),
    path("settings/people/<str:member_id>/", member.page, name="member"),
    path("settings/people/<str:member_id>/profile/", member.profile, name="member-profile"),
    path("settings/people/<str:member_id>/deactivate/", member.deactivate, name="member-deactivate"),
    path("settings/people/<str:member_id>/reactivate/", member.reactivate, name="member-reactivate"),
    path("settings/people/<str:member_id>/delete/", member.delete, name="member-delete"),
    path("settings/organization/", organization.page, name="organization"),
    path("settings/organization/change/", organization_change.page, name="organization-change"),
    path("settings/keys/", keys.page, name="keys"),
    path("settings/keys/new/", keys.create, name="keys-create"),
    path("settings/keys/<str:key_id>/rotate/", keys.rotate, name="keys-rotate"),
    path("settings/keys/<str:key_id>/addresses/", keys.bind, name="keys-bind"),
    path("settings/keys/<str:key_id>/revoke/", keys.revoke, name="keys-revoke"),
    path("usage/", usage.page, name="usage"),
    path("usage/csv/", usage.csv, name="usage-csv"),
    path("usage/pdf/", statement.pdf, name="usage-pdf"),
    path("usage/limits/", own_limits.page, name="own-limits"),
    path("usage/limits/save/", own_limits.save, name="own-limits-save"),
    path("usage/sends/csv/", usage_sends.csv, name="usage-sends"),
    path("usage/uncovered/", uncovered.page, name="uncovered"),
    path("usage/uncovered/<str:decision_id>/contest/", uncovered.contest, name="uncovered-contest"),
    path("campaigns/", campaigns.page, name="campaigns"),
    path("campaigns/estimate/", campaign_estimate.page, name="campaign-estimate"),
    path("notices/", notices.page, name="notices"),
    path("notices/read/", notices.read, name="notices-read"),
    path("notices/choose/", notice_choices.page, name="notices-choose"),
    path("settings/contracts/", plans.page, name="plans"),
    path("settings/contracts/overage/", plans.pay_interim, name="pay-interim"),
    path("settings/contracts/clock/", sandbox.page, name="advance-clock"),
    path("settings/contracts/<str:contract_id>/pdf/", document.pdf, name="contract-pdf"),
    path("settings/contracts/<str:contract_id>/coupon/", coupon.page, name="coupon"),
    path("settings/contracts/<str:contract_id>/change/", change_plan.page, name="change-plan"),
    path("settings/contracts/<str:contract_id>/cancel/", cancel.page, name="cancel"),
    path("settings/contracts/<str:contract_id>/regret/", regret.page, name="regret"),
    path("settings/changes/<str:change_id>/", change.page, name="change"),
    path("settings/changes/<str:change_id>/link/<str:token>/", change.link, name="change-link"),
    path("settings/changes/<str:change_id>/undo/", change.undo, name="change-undo"),
    path("settings/changes/<str:change_id>/withdraw/", change.withdraw, name="change-withdraw"),
    path("settings/contracts/<str:contract_id>/as-of/", as_of.page, name="as-of"),
    path("settings/financial/", financial.page, name="financial"),
    path("settings/financial/csv/", financial.csv, name="financial-csv"),
    path("settings/financial/year/", year.page, name="year"),
    path("settings/financial/year/csv/", year.csv, name="year-csv"),
    path("settings/financial/year/pdf/", year.pdf, name="year-pdf"),
    path("settings/financial/credit/", credit.page, name="credit"),
    path("settings/financial/credit/<str:credit_note_id>/pdf/", credit.pdf, name="credit-note-pdf"),
    path("settings/financial/password/", document_password.page, name="document-password"),
    path("settings/financial/<str:invoice_id>/", invoice.page, name="invoice"),
    path("settings/financial/<str:invoice_id>/pdf/", invoice.pdf, name="invoice-pdf"),
    path("settings/financial/<str:invoice_id>/fiscal/<str:part>/", invoice.fiscal, name="fiscal-document"),
    path(
        "settings/financial/<str:invoice_id>/withheld/<str:receipt_id>/",
        withheld.page,
        name="withheld-prove",
    ),
    path(
        "settings/financial/<str:invoice_id>/withheld/<str:receipt_id>/<str:place>/",
        withheld.file,
        name="withheld-proof",
    ),
    path("settings/financial/<str:invoice_id>/pay/", invoice.pay, name="pay-invoice"),
    path("settings/financial/<str:invoice_id>/requests/", asked.make, name="payment-request-make"),
    path("settings/financial/<str:invoice_id>/requests/<str:request_id>/pdf/", asked.pdf, name="slip-pdf"),
    path(
        "settings/financial/<str:invoice_id>/requests/<str:request_id>/date/",
        asked.move,
        name="slip-new-date",
    ),
    path(
        "settings/financial/<str:invoice_id>/requests/<str:request_id>/paid/",
        asked.said,
        name="slip-said-paid",
    ),
    path(
        "settings/financial/<str:invoice_id>/requests/<str:request_id>/", asked.page, name="payment-request"
    ),
    path("settings/financial/<str:invoice_id>/links/", payment_links.page, name="payment-links"),
    path("settings/financial/<str:invoice_id>/links/new/", payment_links.make, name="payment-links-make"),
    path(
        "settings/financial/<str:invoice_id>/links/<str:link_id>/revoke/",
        payment_links.revoke,
        name="payment-links-revoke",
    ),
    path("settings/payments/<str:payment_id>/", payment.page, name="payment"),
    path("settings/wallet/means/", means.page, name="means"),
    path("settings/wallet/automatic-pix/", automatic.page, name="mandate"),
    path("settings/wallet/automatic-pix/<str:mandate_id>/cancel/", automatic.cancel, name="mandate-cancel"),
    path("settings/wallet/", wallet.page, name="wallet"),
    path("settings/wallet/add/", wallet_add.page, name="wallet-add"),
    path("settings/wallet/<str:card_id>/replace/", wallet_add.replace_card, name="wallet-replace"),
    path("settings/wallet/<str:card_id>/reserve/", wallet.reserve, name="wallet-reserve"),
    path("settings/wallet/<str:card_id>/use/", wallet.use, name="wallet-use"),
    path("settings/wallet/<str:card_id>/remove/", wallet.remove, name="wallet-remove"),
    path("profile/", profile.page, name="profile"),
    path("profile/organization/", profile.switch_organization, name="switch-organization"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("language/", sign_in.set_language, name="set-language"),
    path("sign-in/forgot/", forgot.page, name="forgot"),
    path("set-password/", set_password.set_password, name="choose-password"),
    path("set-password/<slug:person_id>/<slug:token>/", set_password.link, name="set-password"),
    path("profile/security/", security.page, name="security"),
    path("profile/security/password/", security.password, name="password-change"),
    path("profile/security/email/", email.change, name="email-change"),
    path("profile/security/email/proof/", email.proof, name="email-proof"),
    path("email/proof/<str:token>/", email.proof_link, name="email-proof-link"),
    path("email/back/<str:token>/", email.back_link, name="email-back-link"),
    path("email/back/", email.back, name="email-back"),
    path("profile/security/sessions/end/", security.end_session, name="session-end"),
    path("profile/security/sessions/end-others/", security.end_other_sessions, name="sessions-end"),
    path("profile/security/codes/", codes.add, name="codes-add"),
    path("profile/security/codes/remove/", codes.remove, name="codes-remove"),
    path("profile/security/passkeys/", passkeys.add, name="passkey-add"),
    path("profile/security/passkeys/<int:passkey_id>/remove/", passkeys.remove, name="passkey-remove"),
    path("sign-in/organization/<str:sign_on_id>/", sign_on.page, name="sign-on-in"),
    path("sign-in/organization/<str:sign_on_id>/go/", sign_on.go, name="sign-on-go"),
    path("settings/sign-on/", setup.page, name="sign-on"),
    path("settings/sign-on/end/", setup.end, name="sign-on-end"),
    path("sign-in/passkey/", passkeys.sign_in, name="passkey-sign-in"),
    path("sign-in/passkey/second/", passkeys.second, name="passkey-second"),
    path("sign-in/passkey/again/", passkeys.again_with_it, name="passkey-again"),
    path("profile/security/recovery-codes/", codes.recovery_codes, name="recovery-codes"),
    path("invitation/", invitation.page, name="invitation"),
    path("invitation/leave/", invitation.leave, name="invitation-leave"),
    path("invitation/<str:token>/", invitation.link, name="invitation-link"),
    *style.urlpatterns,
]
