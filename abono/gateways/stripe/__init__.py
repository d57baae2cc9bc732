"""Stripe: cards, and boleto and Pix, by its official SDK."""
