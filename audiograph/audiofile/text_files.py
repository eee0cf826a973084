"""Text files that appear whole or not at all, as sound files do."""

from collections.abc import Mapping
from pathlib import Path

from audiograph.audiofile.atomic import AtomicFiles
from audiograph.errors import AudioFileError, visible


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8; a device, such as /dev/null, is written to as it is.

    Raises AudioFileError, which names the path, where that cannot be done; a file that
    was there stays.
    """
    write_texts({path: text})


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write several files, or none."""
    with AtomicFiles() as files:
        for path, text in texts.items():
            add_text(files, path, text)


def add_text(files: AtomicFiles, path: Path, text: str) -> None:
    """Write a file that appears together with others; a device is written to at once."""
    try:
        place = path if _is_device(path) else files.add(path)
        place.write_bytes(visible(text).encode())
    except OSError as error:
        raise AudioFileError(f"{path} cannot be written: {error.strerror or error}") from error


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()
