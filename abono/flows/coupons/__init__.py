"""Coupons: whether one is for a contract, and what becomes of it there (INV-8)."""
