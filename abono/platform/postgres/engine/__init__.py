"""Django's PostgreSQL, told for whom it works; Django looks for `base` here."""
