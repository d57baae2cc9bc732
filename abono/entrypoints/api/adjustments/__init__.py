"""Indexes, and the yearly adjustment of prices by one (CAT-13)."""
