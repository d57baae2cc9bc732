"""What is decided of sends that nothing covers."""
