"""Invoices that the seller writes by hand: drafted, changed, looked at, discarded, issued (INV-10)."""
