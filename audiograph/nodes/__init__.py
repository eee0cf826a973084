"""The node types that come with audiograph, one file for each."""
