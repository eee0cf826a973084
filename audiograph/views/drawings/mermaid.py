"""A graph as a Mermaid flowchart, which many wikis and forges draw.

Reference: https://mermaid.js.org/syntax/flowchart.html
"""

from audiograph.graph import Graph
from audiograph.views.drawings.links import arrows, boxes

SHAPES = {"effect": '["{}"]', "timeline": '[["{}"]]', "file": '(["{}"])', "unused": '["{}"]:::unused'}


def mermaid(graph: Graph) -> str:
    """The text of the flowchart; timeline nodes have double sides, dotted arrows are references to times."""
    drawn = boxes(graph)
    key = {name: f"n{place}" for place, name in enumerate(drawn)}
    lines = ["flowchart LR"]
    for name, box in drawn.items():
        label = _quoted(box.name) + ("" if box.kind == "file" else f"<br/><i>{_quoted(box.type)}</i>")
        lines.append(f"  {key[name]}{SHAPES[box.kind].format(label)}")
    for source, target, label, sounds in arrows(graph):
        line = "-->" if sounds else "-.->"
        lines.append(f"  {key[source]} {line}{f'|{_quoted(label)}|' if label else ''} {key[target]}")
    if graph.unused:
        lines.append("  classDef unused stroke-dasharray: 4 3, opacity: 0.6")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Text in which every character special to Mermaid is escaped."""
    return "".join(char if char.isalnum() or char in " _-/.," else f"#{ord(char)};" for char in text)
