"""Coupons: made and ended by the seller, redeemed by whoever has a contract."""
