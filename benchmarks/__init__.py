"""How fast audiograph is, beside the tools people use today. `python -m benchmarks --help` says how."""
