"""The fonts of the papers: Times metrics, every Vietnamese letter, found at run time in the font folders."""

from __future__ import annotations

import os
from enum import Enum
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

from pipeline.errors import FontMissing

DPI = 300


class Face(Enum):
    """A face, with the files that may stand for it: the Times-metric ones first, then Noto as a way out."""

    REGULAR = ("Tinos-Regular.ttf", "texgyretermes-regular.otf", "NotoSerif-Regular.ttf")
    BOLD = ("Tinos-Bold.ttf", "texgyretermes-bold.otf", "NotoSerif-Bold.ttf")
    ITALIC = ("Tinos-Italic.ttf", "texgyretermes-italic.otf", "NotoSerif-Italic.ttf")
    BOLD_ITALIC = ("Tinos-BoldItalic.ttf", "texgyretermes-bolditalic.otf", "NotoSerif-BoldItalic.ttf")
    SANS = ("Arimo-Regular.ttf", "texgyreheros-regular.otf", "NotoSans-Regular.ttf")
    SANS_BOLD = ("Arimo-Bold.ttf", "texgyreheros-bold.otf", "NotoSans-Bold.ttf")
    SANS_ITALIC = ("Arimo-Italic.ttf", "texgyreheros-italic.otf", "NotoSans-Italic.ttf")
    SANS_BOLD_ITALIC = ("Arimo-BoldItalic.ttf", "texgyreheros-bolditalic.otf", "NotoSans-BoldItalic.ttf")
    MONO = ("Cousine-Regular.ttf", "texgyrecursor-regular.otf", "NotoSansMono-Regular.ttf")
    MONO_BOLD = ("Cousine-Bold.ttf", "texgyrecursor-bold.otf", "NotoSansMono-Bold.ttf")
    TERMES = ("texgyretermes-regular.otf", "Tinos-Regular.ttf", "NotoSerif-Regular.ttf")
    TERMES_BOLD = ("texgyretermes-bold.otf", "Tinos-Bold.ttf", "NotoSerif-Bold.ttf")
    TERMES_ITALIC = ("texgyretermes-italic.otf", "Tinos-Italic.ttf", "NotoSerif-Italic.ttf")
    TERMES_BOLD_ITALIC = ("texgyretermes-bolditalic.otf", "Tinos-BoldItalic.ttf", "NotoSerif-BoldItalic.ttf")


def _folders() -> list[Path]:
    own = os.environ.get("XDG_DATA_HOME", "~/.local/share")
    named = (
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/usr/share/texmf/fonts",
        "/usr/share/texlive/texmf-dist/fonts",
        f"{own}/fonts",
        "~/.fonts",
    )
    return [folder for name in named if (folder := Path(name).expanduser()).is_dir()]


@cache
def _installed() -> dict[str, Path]:
    wanted = {name for face in Face for name in face.value}
    found: dict[str, Path] = {}
    for folder in _folders():
        for path in sorted(folder.rglob("*.[ot]tf")):
            if path.name in wanted:
                found.setdefault(path.name, path)
    return found


@cache
def path_of(face: Face) -> Path:
    """The file of ``face``.

    Raises:
        FontMissing: none of its files is installed.
    """
    found = next((_installed()[name] for name in face.value if name in _installed()), None)
    if found is None:
        raise FontMissing(font=face.value[0], fix="sudo apt-get install fonts-croscore fonts-texgyre fonts-noto-core")
    return found


@cache
def letters_of(face: Face) -> frozenset[int]:
    """The code points that ``face`` can draw."""
    with TTFont(path_of(face), lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def at_size(face: Face, points: float) -> ImageFont.FreeTypeFont:
    """``face`` at ``points`` for a page of 300 dpi; simple layout, for the texts are NFC."""
    return ImageFont.truetype(path_of(face), points * DPI / 72, layout_engine=ImageFont.Layout.BASIC)


@cache
def width_of(text: str, face: Face, points: float) -> float:
    """Width of ``text`` in pixels at 300 dpi.

    Raises:
        FontMissing: the face lacks a letter of ``text`` (a box would be drawn silently).
    """
    lacking = {letter for letter in text if ord(letter) not in letters_of(face)}
    if lacking:
        raise FontMissing(
            font=f"{path_of(face).name} ({' '.join(sorted(lacking))})", fix="sudo apt-get install fonts-croscore"
        )
    return at_size(face, points).getlength(text)
