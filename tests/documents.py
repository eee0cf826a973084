"""Documents from text, and what is wrong with them."""

import pytest

from audiograph.errors import GraphError
from audiograph.language.document import parse


def problems(text: str | bytes, name: str = "mix.yaml") -> list[str]:
    with pytest.raises(GraphError) as caught:
        parse(text, name)
    return [str(problem) for problem in caught.value.problems]
