"""Background work and its schedule."""
