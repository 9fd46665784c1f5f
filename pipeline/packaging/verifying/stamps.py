"""What a visible signature says, and that it says it in the open: its text, taken out of its look.

A stamp is words in black on nothing. Whoever can bring another look under a signature, before it is made or after, can
let it say another name or time, or lay a picture over the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pikepdf
from pikepdf import Name

from pipeline.dossier import Finding
from pipeline.packaging.verifying.findings import block
from pipeline.vietnamese import nfc

_OPERATORS = frozenset({"q", "Q", "gs", "cm", "BT", "ET", "g", "Tf", "TL", "Td", "Tj", "T*"})
_RESOURCES = frozenset({"/ExtGState", "/Font", "/ProcSet"})
_PLAIN_STATE = {"/CA": 1, "/ca": 1, "/Type": Name.ExtGState}
_PAIR = re.compile(rb"<([0-9A-Fa-f]{2})>\s*<([0-9A-Fa-f]{4,8})>")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[+-]\d{2}:\d{2}|Z)")


def stamp_text(look: pikepdf.Object) -> str | None:
    """The words of a stamp, lines joined by blanks; ``None`` when it holds anything but words in black."""
    resources = look.get("/Resources", pikepdf.Dictionary())
    fonts = resources.get("/Font", pikepdf.Dictionary())
    states = resources.get("/ExtGState", pikepdf.Dictionary())
    plain = all(_PLAIN_STATE.get(key) == value for state in states.values() for key, value in state.items())
    if set(resources.keys()) - _RESOURCES or not plain:
        return None
    letters: dict[int, str] = {}
    lines = []
    for instruction in pikepdf.parse_content_stream(look):
        operator, operands = str(instruction.operator), list(instruction.operands)
        if operator not in _OPERATORS or (operator == "g" and operands[0] != 0):
            return None
        if operator == "Tf":
            letters = _letters(fonts[str(operands[0])])
        elif operator == "Tj":
            lines.append("".join(letters.get(code, "\ufffd") for code in bytes(operands[0])))
    return nfc(" ".join(" ".join(lines).split()))


def _letters(font: pikepdf.Object) -> dict[int, str]:
    """What the codes of a simple font stand for."""
    pairs = _PAIR.findall(font.ToUnicode.read_bytes())
    return {int(code, 16): bytes.fromhex(text.decode("ascii")).decode("utf-16-be", "replace") for code, text in pairs}


def stamp_findings(
    widget: pikepdf.Object, where: str, signer: str, time: datetime | None, *, named: bool
) -> Iterator[Finding]:
    """Where the stamp of a signature says anything else than its signature.

    Args:
        widget: the signature's field as it stands on the page.
        where: its name.
        signer: common name in the signer's certificate.
        time: of signing, as the signature says.
        named: whether this stamp has to name the signer (the officer's: Circular 01/2023/TT-VPCP art. 8).
    """
    x0, y0, x1, y1 = (float(number) for number in widget.Rect)
    looks = widget.get("/AP")
    if looks is None:
        if (x1 - x0) * (y1 - y0) != 0:
            yield _block(where, "chữ ký chiếm chỗ mà không hiển thị", "the signature takes room but shows nothing")
        return
    look = looks.get("/N")
    text = stamp_text(look) if isinstance(look, pikepdf.Stream) and set(looks.keys()) == {"/N"} else None
    if text is None:
        vi, en = "hình hiển thị của chữ ký chứa thứ khác ngoài chữ", "the stamp shows something other than words"
        yield _block(where, vi, en)
        return
    if named and "".join(nfc(signer).split()) not in "".join(text.split()):
        vi, en = "chữ ký hiển thị không nêu tên người ký", "the stamp does not name the signer"
        yield _block(where, vi, en)
    said = [datetime.fromisoformat(found) for found in _TIME.findall(text)]
    if time is not None and any(abs((one - time).total_seconds()) >= 60 for one in said):
        yield _block(where, "thời gian hiển thị khác thời gian ký", "the time shown is not the time of signing")


def _block(where: str, vi: str, en: str) -> Finding:
    return block("stamp", vi, en, where)
