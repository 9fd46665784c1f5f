"""Wordings of the administrative acts, from ``texts.yaml``; the act fills in ``{place}``, ``{clerk}``, ``{year}``."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from samples import words


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act is about, in paragraphs."""

    about: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a decision is about, in articles of one or more paragraphs."""

    about: str
    articles: tuple[tuple[str, ...], ...]


def grounds(lot: random.Random, before: date) -> list[str]:
    """The legal grounds of a decision; the last one is a proposal made on the day ``before``."""
    return [
        "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
        "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;",
        "Căn cứ Nghị định số 118/2025/NĐ-CP ngày 09 tháng 6 năm 2025 của Chính phủ về thực hiện thủ tục hành chính "
        "theo cơ chế một cửa, một cửa liên thông tại Bộ phận Một cửa và Cổng Dịch vụ công quốc gia;",
        f"Theo đề nghị của Trưởng phòng Văn hóa - Xã hội tại Tờ trình số {lot.randint(10, 250)}/TTr-VHXH "
        f"ngày {words.long(before)}.",
    ]


def _load() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8")))


def _subjects(told: list[dict[str, Any]]) -> tuple[Subject, ...]:
    return tuple(Subject(one["about"], tuple(one["parts"])) for one in told)


_TOLD = _load()
CLOSING_ARTICLE: tuple[str, ...] = tuple(_TOLD["closing_article"])
DECISIONS = tuple(Ruling(one["about"], tuple(map(tuple, one["articles"]))) for one in _TOLD["decisions"])
LETTERS = _subjects(_TOLD["letters"])
SUBMISSIONS = _subjects(_TOLD["submissions"])
ANNOUNCEMENTS = _subjects(_TOLD["announcements"])
