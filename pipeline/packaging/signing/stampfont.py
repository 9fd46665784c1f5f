"""The type of the stamps: which font, how wide a text is, how it breaks into lines.

Only fonts of 1000 units an em will do: with others the widths that the signing library writes are wrong, and the signed
file is no PDF/A any more (ISO 19005-2, 6.2.11.5).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont, TTLibError, newTable  # type: ignore[import-untyped]
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable  # type: ignore[import-untyped]

from pipeline.errors import FontMissing, SigningFailed

_UNITS = 1000
_FOLDERS = (Path("/usr/share/texmf/fonts"), Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_FONTS = (
    ("texgyretermes-regular.otf", "TeX Gyre Termes", "fonts-texgyre"),
    ("NotoSerif-Regular.ttf", "Noto Serif", "fonts-noto-core"),
)
"""Serif fonts with every Vietnamese letter; the first has the widths of Times New Roman (Decree 30/2020)."""


_FIRST_CODE, _LAST_CODE = 32, 255


@dataclass(frozen=True, slots=True)
class EmbeddedFont:
    """A subset for a simple PDF font; ``compact`` is CFF (``Type1C``), else TrueType. Metrics in 1/1000 em."""

    name: str
    program: bytes
    compact: bool
    codes: dict[str, int]
    glyphs: tuple[str, ...]
    widths: tuple[int, ...]
    bounds: tuple[int, int, int, int]
    ascent: int
    descent: int


@dataclass(frozen=True, slots=True)
class StampFont:
    """A font file with the advance (thousandths of the type size) of every character it has."""

    path: Path
    advances: dict[int, int]

    def has(self, text: str) -> bool:
        """Whether every character of ``text`` is in the font."""
        return all(ord(letter) in self.advances for letter in text)

    def embedded(self, text: str) -> EmbeddedFont:
        """The font with just the characters of ``text``, as a PDF font of one byte a character."""
        letters = sorted(set(text) | {" "})
        codes = {letter: _FIRST_CODE + index for index, letter in enumerate(letters)}
        if max(codes.values()) > _LAST_CODE:
            raise SigningFailed(what=f"quá nhiều ký tự / too many characters: {len(letters)}")
        with TTFont(self.path, recalcTimestamp=False) as font:
            # Tables of ligatures and marks are not kept, and going through them takes most of the time.
            for tag in {"GSUB", "GPOS", "GDEF", "BASE"} & set(font.keys()):
                del font[tag]
            subsetter = Subsetter(_options())
            subsetter.populate(text="".join(letters))
            subsetter.subset(font)
            glyphs = font.getBestCmap()
            head, hhea = font["head"], font["hhea"]
            return EmbeddedFont(
                name=str(font["name"].getDebugName(6)),
                program=_cff_program(font) if "CFF " in font else _truetype_program(font, codes),
                compact="CFF " in font,
                codes=codes,
                glyphs=tuple(glyphs[ord(letter)] for letter in letters),
                widths=tuple(self.advances[ord(letter)] for letter in letters),
                bounds=(head.xMin, head.yMin, head.xMax, head.yMax),
                ascent=hhea.ascent,
                descent=hhea.descent,
            )

    def width(self, text: str, points: float) -> float:
        """Width of ``text`` in points, at ``points`` type size; characters not in the font count nothing."""
        return sum(self.advances.get(ord(letter), 0) for letter in text) * points / _UNITS

    def wrapped(self, lines: Sequence[str], points: float, width: float, *, tear: bool = False) -> tuple[str, ...]:
        """``lines`` broken at blanks so that none is wider than ``width`` points, but for a single long word.

        With ``tear`` such a word is broken too, wherever it has to be.
        """
        broken: list[str] = []
        for line in lines:
            current = ""
            for word in line.split():
                longer = f"{current} {word}".strip()
                if current and self.width(longer, points) > width:
                    broken.append(current)
                    longer = word
                while tear and self.width(longer, points) > width and len(longer) > 1:
                    fits = self._fitting(longer, points, width)
                    broken.append(longer[:fits])
                    longer = longer[fits:]
                current = longer
            broken.append(current)
        return tuple(line for line in broken if line)

    def _fitting(self, word: str, points: float, width: float) -> int:
        """How many letters of ``word`` fit into ``width`` points; at least one, and not all."""
        most = next(end for end in range(2, len(word) + 1) if self.width(word[:end], points) > width)
        return most - 1


def stamp_font(text: str, folders: tuple[Path, ...] = _FOLDERS) -> StampFont:
    """The first font installed below ``folders`` that has every character of ``text``.

    Raises:
        FontMissing: none of the fonts is installed.
        SigningFailed: no installed font has all the characters.
    """
    installed = [font for name, _, _ in _FONTS if (font := _installed(name, folders)) is not None]
    if not installed:
        _, name, package = _FONTS[0]
        raise FontMissing(font=name, fix=f"sudo apt-get install {package}")
    for font in installed:
        if font.has(text):
            return font
    lacking = sorted({f"U+{ord(letter):04X}" for letter in text if not installed[0].has(letter)})
    raise SigningFailed(what=f"phông chữ thiếu / the fonts lack {' '.join(lacking)}")


@lru_cache(maxsize=8)
def _installed(name: str, folders: tuple[Path, ...]) -> StampFont | None:
    for folder in folders:
        for path in sorted(folder.rglob(name)):
            font = _loaded(path)
            if font is not None:
                return font
    return None


def _loaded(path: Path) -> StampFont | None:
    try:
        with TTFont(path, lazy=True) as font:
            if font["head"].unitsPerEm != _UNITS:
                return None
            metrics = font["hmtx"]
            return StampFont(path, {code: metrics[glyph][0] for code, glyph in font.getBestCmap().items()})
    except (OSError, TTLibError, KeyError):
        return None


def _options() -> Options:
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.desubroutinize = True
    options.glyph_names = True
    options.notdef_outline = True
    options.name_IDs = [6]
    return options


def _cff_program(font: TTFont) -> bytes:
    out = io.BytesIO()
    font["CFF "].cff.compile(out, font)
    return out.getvalue()


def _truetype_program(font: TTFont, codes: dict[str, int]) -> bytes:
    """A symbolic TrueType font, whose one character map leads from our codes to its glyphs (6.2.11.6)."""
    glyphs = font.getBestCmap()
    table = CmapSubtable.newSubtable(4)
    table.platformID, table.platEncID, table.language = 3, 0, 0
    table.cmap = {0xF000 + code: glyphs[ord(letter)] for letter, code in codes.items()}
    font["cmap"] = newTable("cmap")
    font["cmap"].tableVersion, font["cmap"].tables = 0, [table]
    for tag in set(font.keys()) - {"GlyphOrder", "head", "hhea", "hmtx", "maxp", "loca", "glyf", "cmap"}:
        del font[tag]
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
