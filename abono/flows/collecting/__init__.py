"""From an issued invoice to its money: charge, hear the answer, ask again where there was none."""
