"""Signal processing that several nodes share. It knows no nodes, streams or files."""
