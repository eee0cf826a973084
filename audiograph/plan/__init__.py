"""Graph → Plan: the facts of every node's sound. A plan is a value: no threads, and nothing is set on it."""
