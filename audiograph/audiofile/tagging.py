"""What a sound file says of itself."""

from pathlib import Path

from audiograph.audiofile.encodings import LONGEST_TAG
from audiograph.audiofile.probing import opened, probe


def tags(path: Path) -> dict[str, str]:
    """Title, artist, licence and more, as far as the file says and libsndfile reads it.

    Of a WAV or an MP3 file libsndfile reads no licence, only the copyright.
    Raises AudioFileError.
    """
    with opened(path, probe(path).patch) as file:
        found: dict[str, str] = file.copy_metadata()
    return {name: text.strip()[:LONGEST_TAG] for name, text in found.items() if text.strip()}
