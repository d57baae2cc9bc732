"""Use cases that need several domain packages. One verb, one file."""
