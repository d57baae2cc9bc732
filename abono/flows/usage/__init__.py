"""What programs tell of sends and contacts, and what becomes of each: the same at every door."""
