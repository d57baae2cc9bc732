"""The HTTP of the fast lane: what may come in, what goes out, and how both are described."""
