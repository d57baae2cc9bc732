"""What a payment releases: a table (`release`), and one file for each reason that has something to release."""
