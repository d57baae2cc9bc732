"""What any process of ours needs to start, to say what it does, to take turns and to stop."""
