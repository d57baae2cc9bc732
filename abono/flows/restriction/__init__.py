"""When a contract is restricted, and when that is lifted."""
