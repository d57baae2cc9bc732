"""Statements of the seller's bank accounts: taken, looked at, and what each movement pays (PAY-6)."""
