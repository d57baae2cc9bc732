"""What a payment releases: one file for each reason of an invoice that has something to release."""
