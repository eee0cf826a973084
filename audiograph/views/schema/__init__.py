"""A JSON Schema of graph files, for editors: completion, help, and mistakes told while they are made.

It is the language as far as a schema can tell it: shapes, names, units, ranges.
That a name is of a node, or a value right at last, is for `audiograph check`.
"""

from audiograph.views.schema.graphs import schema

__all__ = ["schema"]
