"""Ends of contracts."""
