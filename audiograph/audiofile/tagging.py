"""Tags of a sound file."""

from pathlib import Path

from audiograph.audiofile.encodings import MAX_TAG_LENGTH
from audiograph.audiofile.probing import opened, probe


def tags(path: Path) -> dict[str, str]:
    """The tags that libsndfile reads, by name: title, artist, license...

    From WAV and MP3 files libsndfile reads no licence, only the copyright.
    Raises AudioFileError if the file cannot be read.
    """
    with opened(path, probe(path).patch) as file:
        texts: dict[str, str] = file.copy_metadata()
    return {name: text.strip()[:MAX_TAG_LENGTH] for name, text in texts.items() if text.strip()}
