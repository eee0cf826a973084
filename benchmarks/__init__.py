"""How fast audiograph is, compared with the tools people use today: see `python -m benchmarks --help`."""
