"""Changes of plan and package as somebody sees them: what each would be, and what it was."""
