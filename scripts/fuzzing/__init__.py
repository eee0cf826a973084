"""What scripts/fuzz tries: damaged sound files, and graphs right and wrong."""
