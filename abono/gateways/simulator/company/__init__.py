"""The other company: what it decides, keeps and tells."""
