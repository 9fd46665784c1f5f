"""Names of provinces, districts and communes, of before and after 01/7/2025: is one of them misspelt on a paper?

The lists are those of the package ``vietnamadminunits``; of it only the data file is read, which needs none of what the
package itself imports.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from pipeline.vietnamese import fold, nfc

_PACKAGE = "vietnamadminunits"
_DISTRICTS = (
    "SELECT DISTINCT provinceShort, districtShort FROM admin_units_legacy "
    "UNION SELECT DISTINCT provinceShort, NULL FROM admin_units"
)
_COMMUNES = (
    "SELECT wardShort FROM admin_units_legacy WHERE provinceShort = :name "
    "UNION SELECT wardShort FROM admin_units WHERE provinceShort = :name"
)
_COMMUNE = (
    "SELECT 1 FROM admin_units_legacy WHERE wardShort = :name UNION SELECT 1 FROM admin_units WHERE wardShort = :name"
)
_PROVINCE, _CITY = ("tinh",), ("thanh pho", "tp")
_DISTRICT = ("quan", "huyen", "thi xa", "tx")
_UNIT = re.compile(
    r"(?<!\w)(tinh|thanh pho|tp|quan|huyen|thi xa|tx|phuong|xa|thi tran|tt|dac khu)\.?\s+(?=\w)", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d_][\w'’]*(?:(?:\s+|\s?-\s?)[^\W\d_][\w'’]*){0,4}")
_SHORTEST, _LONG = 5, 8
"""Names of fewer letters are not compared, of fewer than ``_LONG`` only without marks: of short names one wrong letter
often makes another real one."""

Spellings = Mapping[str, frozenset[str]]
"""By folded name: how it is spelt, in small letters."""


@dataclass(frozen=True)
class Near:
    """A name ``printed`` that is no place's, and the one place's name it nearly is."""

    printed: str
    place: str


@cache
def _ask(query: str, name: str = "") -> tuple[tuple[str | None, ...], ...]:
    """Rows of the package's lists; none without the package."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return ()
    path = Path(spec.origin).parent / "data" / "dataset.db"
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as database:
        return tuple(database.execute(query, {"name": name}).fetchall())


@cache
def _provinces() -> Spellings:
    return _by_fold(province for province, _ in _ask(_DISTRICTS))


@cache
def _districts() -> Spellings:
    return _by_fold(district for _, district in _ask(_DISTRICTS))


@cache
def _communes(province: str) -> Spellings:
    """Of the province of that folded name."""
    names = {name for name, _ in _ask(_DISTRICTS) if name and fold(name) == province}
    return _by_fold(commune for name in names for (commune,) in _ask(_COMMUNES, name))


def _by_fold(names: Iterable[str | None]) -> Spellings:
    found: dict[str, set[str]] = {}
    for name in {name for name in names if name}:
        found.setdefault(fold(name), set()).add(nfc(name).lower())
    return {key: frozenset(spellings) for key, spellings in found.items()}


def misspelt(text: str) -> tuple[Near, ...]:
    """Names behind ``xã``, ``huyện``, ``tỉnh`` … in ``text`` that are no place's, but nearly exactly one place's.

    Communes are many, and nearly every name is near one of them: they are only compared with those of a province that
    the text names. Invented names and numbers (``Quận 1``) are never reported.
    """
    named = [(unit, _capitalised(name)) for unit, name in _named(text)]
    last = _capitalised(text.rsplit(",", 1)[-1].strip())
    spoken = [_known(words, _provinces()) for words in [last, *(w for u, w in named if u in _PROVINCE + _CITY)]]
    communes = [_communes(province) for province in dict.fromkeys(spoken) if province]
    found = []
    for unit, words in named:
        if unit in _PROVINCE:
            pools: list[Spellings] = [_provinces()]
        elif unit in _CITY:
            pools = [_provinces(), _districts(), *communes]
        elif unit in _DISTRICT:
            pools = [_districts()]
        else:
            pools = communes
        near = _near(words, pools)
        if near is not None:
            found.append(near)
    return tuple(found)


def ends_whole(text: str) -> bool:
    """Whether an address ends here: its last part is ``tỉnh`` or ``thành phố`` and the whole name of a province."""
    last = _last_province(text)
    return bool(last) and _spells(last, _provinces())


def goes_on(text: str, below: str) -> bool:
    """Whether the name of a province was broken between ``text`` and the row ``below``: ``tỉnh Kiên`` / ``Giang``."""
    last = _last_province(text)
    words = _capitalised(below.strip(" .;,"))
    return bool(last) and any(_spells(" ".join([last, *words[:count]]), _provinces()) for count in (1, 2))


def _last_province(text: str) -> str:
    """The name, whole or not, of the province or city with which ``text`` ends; empty if it ends otherwise."""
    last = list(_named(text[-60:]))[-1:]
    if not last or last[0][0] not in _PROVINCE + _CITY or not text.rstrip(" .").endswith(last[0][1]):
        return ""
    return last[0][1]


def misspelt_name(name: str) -> Near | None:
    """The same for a province or district that stands alone, as a place of issue does."""
    words = _capitalised(nfc(name).strip())
    near = _near(words, [_provinces(), _districts()])
    return None if near and _ask(_COMMUNE, _titled(" ".join(words).lower())) else near


def _named(text: str) -> Iterator[tuple[str, str]]:
    whole = nfc(text)
    plain = "".join((fold(char) or " ")[0] for char in whole)
    for match in _UNIT.finditer(plain):
        name = _NAME.match(whole, match.end())
        if name and name.group()[:1].isupper():
            yield match.group(1), name.group()


def _capitalised(text: str) -> list[str]:
    """The words of a name: those that begin with a capital, up to the first that does not."""
    words: list[str] = []
    for word in re.split(r"\s+", text.replace("’", "'")):
        if not (word[:1].isupper() or word == "-"):
            break
        words.append(word)
    return words


def _known(words: list[str], pool: Spellings) -> str:
    """The folded name of a place that the words, or the first of them, spell; empty if there is none."""
    names = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    return next((fold(name) for name in names if _spells(name, pool)), "")


def _spells(name: str, pool: Spellings) -> bool:
    """Whether it is a place's name: with its marks, or printed without any at all, or with a tone set otherwise."""
    spellings = pool.get(fold(name))
    if not spellings:
        return False
    plain = nfc(name).lower()
    return plain in spellings or plain.isascii() or any(_same_tones(plain, one) for one in spellings)


def _same_tones(one: str, other: str) -> bool:
    """Hòa and Hoà, Thủy and Thuỷ: the same letters with the same marks, a tone on the other vowel."""
    return sorted(unicodedata.normalize("NFD", one)) == sorted(unicodedata.normalize("NFD", other))


def _near(words: list[str], pools: list[Spellings]) -> Near | None:
    name = " ".join(words)
    if len(name.replace(" ", "")) < _SHORTEST or any(_known(words, pool) for pool in pools):
        return None
    fitting = {spelling for pool in pools for spelling in _one_off(name, pool)}
    return Near(name, _titled(fitting.pop())) if len(fitting) == 1 else None


def _one_off(name: str, pool: Spellings) -> set[str]:
    """Spellings that differ from ``name`` in marks alone or in one letter."""
    plain = fold(name)
    exact = pool.get(plain)
    if exact:
        return set(exact)
    if len(plain.replace(" ", "")) < _LONG:
        return set()
    near = process.extract(plain, pool.keys(), scorer=Levenshtein.distance, score_cutoff=1, limit=4)
    return {spelling for key, _, _ in near for spelling in pool[key]}


def _titled(name: str) -> str:
    return re.sub(r"(?<![\w'])\w", lambda match: match.group().upper(), name)
