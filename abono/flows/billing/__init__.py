"""What a contract owes: cycles and their renewal, the lines of invoices, invoices between cycles, documents."""
