"""Money that goes back to whoever paid it (PAY-9)."""
