"""Trials of contracts."""
