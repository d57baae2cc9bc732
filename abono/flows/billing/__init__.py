"""How what a contract owes is billed: renewals, invoices, their papers, what credit pays."""
