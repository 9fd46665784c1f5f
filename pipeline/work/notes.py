"""What is written beside a file of a watched folder that was moved aside: why, and what to do, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.dossier import Text
from pipeline.work.ledger import Item, ItemState

_FAILED = Text(
    "Sửa theo lý do trên rồi chuyển tệp này trở lại thư mục theo dõi; hoặc quét lại từ bản giấy.",
    "Put right what is said above and move this file back to the watched folder; or scan the paper again.",
)
_WAITING = Text(
    "Tệp đã được đọc; giấy tờ đang chờ người xác nhận: chạy `sohoa review`.",
    "The file was read; its papers wait for a person: run `sohoa review`.",
)
_TWIN = Text(
    "Cùng nội dung đã được nhận từ trước nên không lưu lần nữa.",
    "The same content was taken before, so it is not stored again.",
)


def stamp(item: Item) -> str:
    """A line that tells this end of this item from every other."""
    return f"sohoa {item.id}.{round(item.changed_at * 1000)}"


def note(item: Item, records: Sequence[str], *, twin: bool = False) -> str:
    """The note for a file whose item has come to an end; empty when there is nothing to say.

    Args:
        item: stored, waiting or parked.
        records: ids of its documents.
        twin: the file is another one with the same content.
    """
    said: list[Text] = []
    if item.state is ItemState.PARKED:
        said += [item.reason_text, _FAILED]
    elif twin:
        said.append(_TWIN)
    if item.state is ItemState.WAITING:
        said.append(_WAITING)
    if not said:
        return ""
    if records:
        ids = ", ".join(records)
        said.append(Text(f"Bản ghi: {ids}", f"Records: {ids}"))
    parts = ["\n".join(text.vi for text in said), "\n".join(text.en for text in said), stamp(item)]
    return "\n\n".join(parts) + "\n"
