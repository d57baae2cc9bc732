"""Acts that a second person decides (ACC-5): ask, decide, withdraw, let it run out."""
