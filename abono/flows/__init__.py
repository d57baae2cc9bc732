"""Use cases that need several domain packages, in rooms by subject. One verb, one file."""
