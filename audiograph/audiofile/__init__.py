"""Sound files, in and out: blocks of float32 planes from and to whatever libsndfile knows."""

from audiograph.audiofile.encodings import Encoding, check, encoding
from audiograph.audiofile.probing import Info, probe
from audiograph.audiofile.reading import length, read
from audiograph.audiofile.tagging import tags
from audiograph.audiofile.writing import Writer

__all__ = ["Encoding", "Info", "Writer", "check", "encoding", "length", "probe", "read", "tags"]
