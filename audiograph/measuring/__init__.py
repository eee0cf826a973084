"""What a sound measures: loudness, true peak, range and more."""
