"""Atomic writes: files that appear whole or not at all, and several of them together or not at all.

New files are staged, which is: written under hidden names beside their targets, and
replace these once all are complete and on disk. A lock says whether their writer is
alive; the next one that writes there mends and sweeps after a dead one.
"""

from audiograph.audiofile.atomic.files import AtomicFiles, atomic_write
from audiograph.audiofile.atomic.staging import COPY
from audiograph.audiofile.atomic.targets import is_read_only

__all__ = ["COPY", "AtomicFiles", "atomic_write", "is_read_only"]
