"""What was true of a contract at a moment, and why: told from what was written down, never guessed."""
