"""A payment gateway that charges nobody: its own process, origin and book. See README.md."""
