"""What a graph file says: YAML with its lines, values with units, expressions, and graphs built in Python."""
