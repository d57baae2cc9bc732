"""The same stream of events to ours and to another open system, in turns: `python -m bench.peers --help`."""
