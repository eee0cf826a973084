"""`python -m audiograph`: the same as the command `audiograph`."""

from audiograph.cli import main

main()
