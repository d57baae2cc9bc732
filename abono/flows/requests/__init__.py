"""Slips and Pix that ask for the money of an invoice."""
