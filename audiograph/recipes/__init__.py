"""Recipes that come with audiograph: graph files with inputs, used by name."""
