"""People of a customer: invited, let in, changed, let out (LIC-5, ACC-1)."""
