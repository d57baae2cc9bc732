"""Fiscal documents: what is to be issued goes out in exports, and what was issued comes back (INV-11)."""
