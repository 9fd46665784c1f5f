"""Values typed by the officer at the gate: the same forms and limits as values that were read."""

from __future__ import annotations

from datetime import date

from pipeline.classify import dates
from pipeline.errors import BadValue
from pipeline.settings import Settings
from pipeline.vietnamese import fold, nfc


def typed(key: str, text: str, type_key: str, settings: Settings) -> str:
    """The normalised value of field ``key`` of a paper of type ``type_key`` from what a person typed.

    Dates may be ISO 8601 or as printed (``05/02/2025``, ``ngày 05 tháng 02 năm 2025``); an empty text stays empty.

    Raises:
        BadValue: no such field, no date, or longer than the field's limit.
    """
    value = nfc(" ".join(text.split()))
    kind = settings.type(type_key)
    rule = settings.legal.fields.get(key)
    own = kind.fields.get(key) if kind else None
    if rule is None and own is None:
        raise BadValue(field=key, what="không có trường này / no such field")
    if not value:
        return ""
    form = rule.kind if rule else own.kind if own else "text"
    if form == "validity" and fold(value) == fold(settings.legal.permanent):
        return settings.legal.permanent
    if form in ("date", "validity"):
        return _date(key, value)
    if rule is not None and rule.limit is not None and len(value) > rule.limit:
        raise BadValue(field=key, what=f"> {rule.limit} ký tự / characters")
    return value


def _date(key: str, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        found = dates.first(value)
    if not found:
        raise BadValue(field=key, what="không phải ngày / not a date: DD/MM/YYYY")
    return found
