"""What a contract owes: cycles and their renewal, the lines of invoices, what credit pays, documents."""
