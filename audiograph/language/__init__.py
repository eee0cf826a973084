"""The language of graph files: YAML with lines, quantities, expressions, and graphs built in Python."""
