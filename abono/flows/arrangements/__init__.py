"""Prices of its own and add-ons of one contract (CAT-11)."""
