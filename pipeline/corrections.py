"""What officers confirmed and corrected, field by field (requirement R6), for the administrator.

An export holds personal data. Values of persons are hidden in it unless they are asked for: see :func:`hidden`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pipeline.dossier import Event, State
from pipeline.settings import Settings
from pipeline.storage import FieldEntry, Manifest

TYPE = "type"
"""Stands for a field where the type of the paper is meant."""
_PROGRAM = "sohoa"
"""Who stands in the history for steps without a person."""
_PERSONAL_KINDS = ("personal_id", "name")
_OWNER = "ma_dinh_danh"
_HARMLESS = (TYPE, "ma_loai_giay_to", "ten_giay_to", "co_quan_cap", "thoi_han_hieu_luc", "pham_vi_hieu_luc")
"""What says nothing of a person even on a paper that is sensitive as a whole."""
_ID = re.compile(r"(?<!\d)\d{9,12}(?!\d)")
_SIGN = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Kept:
    """A field of a record that a person confirmed. Times are ISO 8601, ``confidence`` 0..1.

    ``read`` is what was read, ``final`` what is valid. ``editor`` is the person who confirmed the record. ``source``,
    ``confidence`` and ``reason`` are those of the value that was read (``FieldValue`` in ``dossier``).
    """

    record: str
    type: str
    field: str
    read: str
    final: str
    changed: bool
    editor: str
    at: str
    confidence: float
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Share:
    """How often a field of a type was confirmed, and how often a person had to change or fill it in."""

    type: str
    field: str
    confirmed: int
    changed: int
    filled: int
    """Of the changed ones those of which nothing had been read."""

    @property
    def share(self) -> float:
        """Changed of confirmed, 0..1."""
        return self.changed / self.confirmed


def person_confirmed(manifest: Manifest) -> Event | None:
    """The event with which a person confirmed the record; none when a policy let it pass."""
    found = [event for event in manifest.history if event.state is State.CONFIRMED and event.by != _PROGRAM]
    return found[-1] if found else None


def kept(manifests: Iterable[Manifest], *, since: str = "", until: str = "", type_key: str = "") -> Iterator[Kept]:
    """Fields of records that a person confirmed, unchanged ones included; records that a policy let pass are not.

    Fields that are empty and stayed so are left out. ``since`` and ``until`` are days (ISO 8601, both included) on
    which the record was confirmed; ``type_key`` is the type as confirmed.
    """
    for manifest in manifests:
        event = person_confirmed(manifest)
        if event is None or (type_key and manifest.type != type_key):
            continue
        if (since and event.at[:10] < since) or (until and event.at[:10] > until):
            continue
        editors = [made.editor for made in manifest.corrections if made.editor]
        editor = editors[-1] if editors else event.by
        yield _type_of(manifest, editor, event.at)
        for entry in manifest.fields:
            if entry.read or entry.value:
                yield _field_of(manifest, entry, editor, event.at)


def _type_of(manifest: Manifest, editor: str, at: str) -> Kept:
    made = [correction for correction in manifest.corrections if correction.key == TYPE]
    read = made[0].read if made else manifest.type
    sure = made[0].confidence if made else manifest.type_confidence
    return Kept(manifest.id, manifest.type, TYPE, read, manifest.type, read != manifest.type, editor, at, sure, "", "")


def _field_of(manifest: Manifest, entry: FieldEntry, editor: str, at: str) -> Kept:
    made = [correction for correction in manifest.corrections if correction.key == entry.key]
    return Kept(
        record=manifest.id,
        type=manifest.type,
        field=entry.key,
        read=entry.read,
        final=entry.value,
        changed=entry.read != entry.value,
        editor=entry.editor or editor,
        at=made[-1].at if made else at,
        confidence=made[0].confidence if made else entry.confidence,
        source=made[0].source if made else entry.source,
        reason=made[0].reason if made else entry.reason,
    )


def hidden(row: Kept, settings: Settings) -> Kept:
    """The row with values of persons made unreadable: every letter and figure is a dot.

    Hidden are fields that the configuration marks sensitive, that are a personal id or a name, or belong to a person;
    on papers that are sensitive as a whole everything but type, title, agency and validity; and personal ids anywhere.
    """
    if _personal(row, settings):
        return _replaced(row, _SIGN)
    return _replaced(row, _ID)


def _replaced(row: Kept, pattern: re.Pattern[str]) -> Kept:
    def dots(text: str) -> str:
        return pattern.sub(lambda found: "•" * len(found[0]), text)

    return replace(row, read=dots(row.read), final=dots(row.final))


def _personal(row: Kept, settings: Settings) -> bool:
    if row.field == _OWNER:
        return True
    kind = settings.type(row.type)
    if kind is None:
        return row.field not in _HARMLESS
    own = kind.fields.get(row.field)
    if own is not None and (own.sensitive or own.person or own.kind in _PERSONAL_KINDS):
        return True
    return kind.sensitive and row.field not in _HARMLESS


def shares(rows: Iterable[Kept]) -> list[Share]:
    """How often every field was changed, those changed most often first."""
    seen: Counter[tuple[str, str]] = Counter()
    changed: Counter[tuple[str, str]] = Counter()
    filled: Counter[tuple[str, str]] = Counter()
    for row in rows:
        key = (row.type, row.field)
        seen[key] += 1
        changed[key] += row.changed
        filled[key] += row.changed and not row.read
    found = [Share(*key, total, changed[key], filled[key]) for key, total in seen.items()]
    return sorted(found, key=lambda one: (-one.share, -one.confirmed, one.type, one.field))
