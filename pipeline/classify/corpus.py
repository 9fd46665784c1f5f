"""Texts to learn types from: drawn papers, papers made up from the configuration, and wear put on either.

A text is rows of print, one a line. The wear is what poor scans do to a reading: marks and letters lost, rows lost,
two columns read as one, a title under a seal. All of it follows a seed, so that a model can be trained again alike.
"""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.classify.matching import compact
from pipeline.errors import ConfigError
from pipeline.settings import DocumentType, Vocabulary
from pipeline.vietnamese import fold

BUNDLED = "types_texts.xz"
"""File name of the drawn papers' texts that come with the program, beside the configuration."""
_MOST_BYTES = 64 * 1024 * 1024
_CONFUSED = {
    "a": "oe", "b": "h6", "c": "eo", "d": "ol", "e": "co", "g": "q9", "h": "nb", "i": "l1", "l": "i1", "m": "nr",
    "n": "hm", "o": "ca", "q": "g", "r": "nt", "s": "5", "t": "fl", "u": "ni", "v": "y", "y": "v",
}  # fmt: skip
"""Letters that readers take for each other on small or worn print."""
_SEALS = ("cong van den", "den ngay", "so den", "chuyen", "da ky", "ky boi", "thoi gian ky", "ban sao", "luu tru")
"""Words of stamps and captions that lie over a head and belong to no type."""
_TITLE_LOST, _SWAPPED, _SEALED, _COLUMNS = 0.25, 0.5, 0.3, 0.3
"""Share of the worn copies that lose their title, have another paper's body, a stamp in the head, its columns mixed."""
_HEAD = 9
"""Rows before what counts as body where no title is found."""
_FILLED = 0.75
"""Share of labels that have a value behind them in a made-up paper; blank forms have none."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Text and type of one paper, as printed. ``held`` papers judge models and are never learnt from."""

    text: str
    type: str
    group: str
    """Which paper it is; copies share it and are never on both sides of a test."""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A worn copy of a paper, as the model is given it."""

    text: str
    type: str
    group: str


def save(papers: Iterable[Paper], path: Path) -> None:
    """Write papers to ``path``: JSON lines, compressed; the same papers always give the same bytes."""
    rows = [json.dumps(asdict(paper), ensure_ascii=False, sort_keys=True) for paper in papers]
    path.write_bytes(lzma.compress("\n".join(rows).encode(), preset=9))


def load(path: Path) -> tuple[Paper, ...]:
    """The papers in the file ``path``.

    Raises:
        ConfigError: it cannot be read or is damaged.
    """
    try:
        with lzma.open(path) as file:
            rows = file.read(_MOST_BYTES).decode().splitlines()
        return tuple(Paper(**json.loads(row)) for row in rows)
    except (OSError, lzma.LZMAError, EOFError, ValueError, TypeError) as error:
        what = f"văn bản mẫu hỏng hoặc không có / sample texts damaged or missing ({type(error).__name__})"
        raise ConfigError(file=path, line=0, what=what, hint="") from error


def body_of(text: str, kind: DocumentType | None) -> str:
    """The rows of a paper below its title, as a body for others: what an act is about does not make its type."""
    rows = text.splitlines()
    titles = [compact(title) for title in kind.titles] if kind else []
    at = next((at for at, row in enumerate(rows[:30], 1) if _is_title(compact(row), titles)), min(_HEAD, len(rows)))
    return "\n".join(rows[at:])


def made_up(kind: DocumentType, words: Vocabulary, bodies: Sequence[str], lot: random.Random) -> str:
    """A paper of the type as far as the configuration tells it, with the body of another paper, one of ``bodies``."""
    rows = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    agency = lot.choice(words.head or ("",))
    if kind.act:
        suffix = lot.choice(kind.suffixes or ("",))
        rows = [agency, f"Số: {lot.randint(1, 999)}/{suffix}-{_initials(agency)}", *rows]
    elif lot.random() < 0.4:
        rows = [agency, *rows]
    if kind.act or lot.random() < 0.5:
        rows.append(f"Thí Điểm, ngày {lot.randint(1, 28)} tháng {lot.randint(1, 12)} năm 2024")
    rows.append(lot.choice(kind.titles))
    near = [anchor.text for anchor in kind.anchors if anchor.zone in ("head", "title", "head_left", "head_right")]
    rows += [text for text in near if lot.random() < 0.7]
    body = (lot.choice(bodies) if bodies else "\n".join(words.phrases)).splitlines()
    rows += _labelled(kind, body, lot)
    rows += body if kind.act else lot.sample(body, len(body) // 3)
    rows += [anchor.text for anchor in kind.anchors if anchor.zone in ("", "anywhere", "body", "foot")]
    return "\n".join(row for row in rows if row)


def _labelled(kind: DocumentType, some: Sequence[str], lot: random.Random) -> list[str]:
    rows = []
    for field in kind.fields.values():
        if field.labels and lot.random() < 0.9:
            label = field.labels[0] if lot.random() < 0.6 else lot.choice(field.labels)
            value = " ".join(lot.choice(some).split()[:5]) if some and lot.random() < _FILLED else ""
            rows.append(f"{label}: {value}")
    return rows


def _initials(agency: str) -> str:
    return "".join(word[0] for word in agency.split()) or "UBND"


def worn(text: str, kind: DocumentType | None, bodies: Sequence[str], lot: random.Random) -> str:
    """A copy of ``text`` as a poor scan would read; in a share of the copies the title is lost."""
    rows = [row for row in text.splitlines() if row.strip()]
    if kind is not None and lot.random() < _TITLE_LOST:
        rows = untitled(rows, kind)
    if bodies and lot.random() < _SWAPPED:
        own = body_of(text, kind).count("\n") + 1
        rows = rows[: max(len(rows) - own, 4)] + lot.choice(bodies).splitlines()
    if lot.random() < _COLUMNS:
        rows = _columns_mixed(rows)
    loss, doubt = lot.choice(((0.0, 0.0), (0.05, 0.01), (0.15, 0.03), (0.3, 0.06)))
    rows = [_misread(row, doubt, lot) for row in rows if lot.random() >= loss]
    if lot.random() < _SEALED:
        rows.insert(min(len(rows), lot.randint(2, 8)), lot.choice(_SEALS))
    return "\n".join(rows)


def untitled(rows: Iterable[str], kind: DocumentType) -> list[str]:
    """The rows without those that hold a title of the type (the title is their beginning, or they are part of it)."""
    titles = [compact(title) for title in kind.titles]
    return [row for row in rows if not _is_title(compact(row), titles)]


def _is_title(row: str, titles: Sequence[str]) -> bool:
    return any(row.startswith(title) or (len(row) > 5 and title.startswith(row)) for title in titles)


def _columns_mixed(rows: Sequence[str]) -> list[str]:
    """The head with its two columns read as one: neighbouring rows come as one row."""
    head = rows[:6]
    return [" ".join(head[at : at + 2]) for at in range(0, len(head), 2)] + list(rows[6:])


def _misread(row: str, doubt: float, lot: random.Random) -> str:
    if not doubt:
        return row
    return "".join(_other(letter, lot) if lot.random() < doubt else letter for letter in row)


def _other(letter: str, lot: random.Random) -> str:
    """A letter that ``letter`` may be read as, capital where it is one."""
    read = lot.choice(_CONFUSED.get(fold(letter), letter))
    return read.upper() if letter.isupper() else read
