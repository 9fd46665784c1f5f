"""Where Tesseract's language data are, and what to do if they are not there."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline import programs
from pipeline.errors import LanguageMissing, ProgramFailed

_FOLDER = re.compile(r'"(.+)"')


def data_folder(language: str) -> Path:
    """The folder of Tesseract's language data, as the installed program names it.

    Args:
        language: Tesseract's names, joined by ``+`` (``vie``).

    Raises:
        ProgramMissing: Tesseract is not installed.
        LanguageMissing: the data of one of the languages are not there.
    """
    try:
        listing = programs.run(["tesseract", "--list-langs"], name="tesseract", seconds=30).decode("utf-8", "replace")
    except ProgramFailed as failed:
        raise _missing(language) from failed
    found = _FOLDER.search(listing)
    folder = Path(found.group(1)) if found else Path()
    for name in language.split("+"):
        if not (folder / f"{name}.traineddata").is_file():
            raise _missing(name)
    return folder


def _missing(language: str) -> LanguageMissing:
    return LanguageMissing(language=language, fix=f"sudo apt-get install tesseract-ocr-{language.partition('+')[0]}")
