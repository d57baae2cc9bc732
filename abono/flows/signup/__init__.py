"""Contracting on the site: the quote, the terms, the contract, and how far it has come."""
