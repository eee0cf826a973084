"""Mathematics that several nodes share. Knows nothing of nodes, streams or files."""
