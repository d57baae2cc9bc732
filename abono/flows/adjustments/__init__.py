"""The yearly adjustment of prices by an index (CAT-13)."""
