"""A JSON Schema of graph files, for editors: completion, help, and errors while typing.

It covers what a schema can express: structure, names, units and ranges. Whether
a name is that of a node, and a value valid once evaluated, `audiograph check` tells.
"""

from audiograph.views.schema.graphs import schema

__all__ = ["schema"]
