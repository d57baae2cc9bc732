"""Pix by the Central Bank's API, at whichever payment service the seller has its account."""
