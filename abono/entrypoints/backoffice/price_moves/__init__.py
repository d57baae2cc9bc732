"""What the pages of newer versions (CAT-5) and of the yearly adjustment (CAT-13) have in common."""
