"""Files for banks and of banks: written from what is to be asked, and applied, each line once (PAY-4, PAY-7)."""
