"""An issued invoice never changes: it is corrected by credit notes, or cancelled and made out anew (INV-4)."""
