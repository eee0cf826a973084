"""Graph files that are used as nodes, by the name of the file."""
