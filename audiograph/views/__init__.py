"""Views of graphs and node types: tables, pictures, JSON Schema, reference pages."""
