"""Files for banks and of banks: written from what is to be asked, and applied line by line (PAY-4, PAY-7)."""
