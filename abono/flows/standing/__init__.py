"""How an issued invoice comes to stand otherwise than by a card: paid in part, given up, contested (INV-5)."""
