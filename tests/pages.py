"""The code that the documents show."""

import re
import textwrap

from command import ROOT


def blocks(page: str, language: str) -> list[str]:
    """The code of a page in one language."""
    fenced = re.findall(rf"^( *)```{language}\n(.*?)^\1```", (ROOT / page).read_text(), re.M | re.S)
    return [textwrap.dedent(code) for _, code in fenced]
