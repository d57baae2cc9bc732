"""What a contract owes: its cycles, what they allow, and what fees and use cost in them."""
