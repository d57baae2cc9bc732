"""Contracts in force that go on at other prices: by newer versions (CAT-5), by an index and its months (CAT-13)."""
