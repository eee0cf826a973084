"""Atomic writes: files that appear whole or not at all, and several of them together or not at all.

New files are written in a staging folder, a hidden one beside their targets, and
replace the targets once all are complete and on disk. A lock says whether their
writer is alive; the next one sweeps after a dead one.
"""

from audiograph.audiofile.atomic.files import AtomicFiles, atomic_write
from audiograph.audiofile.atomic.targets import is_read_only

__all__ = ["AtomicFiles", "atomic_write", "is_read_only"]
