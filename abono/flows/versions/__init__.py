"""Contracts in force that are moved to newer versions of what they were sold (CAT-5)."""
