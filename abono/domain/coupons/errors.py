from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoSuchCoupon(Refusal):
    code = "coupons.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such coupon.")


class CouponUnknown(Refusal):
    """Of a code that somebody typed."""

    code = "coupons.unknown"
    kind = Kind.INVALID
    message = _("There is no coupon with this code.")


class CouponNotValid(Refusal):
    code = "coupons.not_valid"
    kind = Kind.CONFLICT
    message = _("This coupon is not valid today.")


class CouponElsewhere(Refusal):
    code = "coupons.elsewhere"
    kind = Kind.CONFLICT
    message = _("This coupon is for other plans, packages, currencies or countries.")


class CouponOnlyFirst(Refusal):
    code = "coupons.only_first"
    kind = Kind.CONFLICT
    message = _("This coupon is for the first contract of an organization.")


class CouponUsedUp(Refusal):
    code = "coupons.used_up"
    kind = Kind.CONFLICT
    message = _("This coupon was redeemed as often as it can be.")


class CouponTwice(Refusal):
    code = "coupons.twice"
    kind = Kind.CONFLICT
    message = _("This organization has redeemed this coupon already.")


class CouponRunning(Refusal):
    code = "coupons.another_runs"
    kind = Kind.CONFLICT
    message = _("The contract has the coupon {running}. Another one can follow when it has ended.")
    running: str


class NotAsSeen(Refusal):
    code = "coupons.not_as_seen"
    kind = Kind.CONFLICT
    message = _("The next invoice is not as you saw it any more, so nothing was done. Look at it again.")


class NoCouponRuns(Refusal):
    code = "coupons.none_runs"
    kind = Kind.CONFLICT
    message = _("The contract has no coupon.")


class CodeTaken(Refusal):
    code = "coupons.code_taken"
    kind = Kind.CONFLICT
    message = _("There is a coupon with this code already. Choose another code.")


class CouponEnded(Refusal):
    code = "coupons.ended"
    kind = Kind.CONFLICT
    message = _("This coupon was ended already.")
