"""`python -m audiograph` is the command `audiograph`."""

from audiograph.cli import main

main()
