"""The node types that come with audiograph: one file a node, or a family of close kin."""
