"""A plan's outputs as files or arrays, with what was measured, expected and credited."""
