"""What every move of prices is, whether by newer versions (`versions`, CAT-5) or by an index (`adjustments`, CAT-13)."""
