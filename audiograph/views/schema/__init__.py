"""A JSON Schema of graph files, for editors: completion, help, and errors while typing.

It covers what a schema can express: structure, names, units and ranges. Only
`audiograph check` finds unknown nodes, and expressions with invalid values.
"""

from audiograph.views.schema.graphs import schema

__all__ = ["schema"]
