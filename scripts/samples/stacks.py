"""Stacks: papers of several dossiers and agencies that went through the feeder in one go, in one PDF.

A stack's folder is like a dossier's: ``scans/STACK.pdf``, ``truth/STACK.truth.json``, ``dossier.json``. In its truth a
page may be ``blank`` (the empty back of a sheet; it belongs to the document in front of it) or a ``separator`` (which
belongs to no document: its ``document`` is 0, as is that of its back).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from samples import chance, conditions, files
from samples.dossier import facts_of
from samples.forms import FORMS, parts
from samples.paper import Paper
from samples.plans import FEEDER
from samples.record import Record, save
from samples.sheet import HEIGHT, WIDTH, Sheet
from samples.story import VARIED_FROM, Story, story_of
from samples.truth import PageTruth

SEPARATOR = "PATCHT"
"""What the code on a separator sheet says."""
_COVER = "giay_tiep_nhan_va_hen_tra"
_PAPERS = (3, 7)
"""Papers of one dossier in a stack, at least and at most."""
_SLACK = 2
"""Pages by which a stack may be longer than asked for."""


@dataclass
class _Stack:
    """The pages that have gone through the feeder; only their coded pictures are kept."""

    seed: int
    blanks: bool
    record: Record = field(default_factory=Record)
    pictures: list[bytes] = field(default_factory=list)

    def feed(self, page: Image.Image, said: PageTruth, names: tuple[str, ...], **more: object) -> int:
        """Scan one side of a sheet; returns its ordinal."""
        seed = chance.words(self.seed, "page", len(self.pictures)).getrandbits(32)
        scan = conditions.scan(page, names, seed)
        self.pictures.append(files.picture_of(scan))
        return self.record.page(scan, said, **more)

    def back(self, front: Image.Image, names: tuple[str, ...], **more: object) -> int:
        """Scan the empty back of a sheet: often the print of its front shows faintly."""
        lot = chance.words(self.seed, "back", len(self.pictures))
        page = Image.new("RGB", (WIDTH, HEIGHT), (255, 255, 255))
        if lot.random() < 0.5:
            page = _shining_through(front, lot.uniform(0.04, 0.1))
        kept = tuple(name for name in names if name not in ("stamp", "box_stamp", "bleed_through"))
        return self.feed(page, PageTruth(()), kept or ("clean",), blank=True, **more)

    def paper(self, paper: Paper, names: tuple[str, ...], *, both_sides: bool) -> None:
        """Feed all pages of ``paper``, with the empty backs of its sheets where the feeder takes both sides."""
        numbers: list[int] = []
        pages = paper.pages
        for place, (page, said) in enumerate(zip(pages, paper.truth.pages, strict=True)):
            numbers.append(self.feed(page, said, names))
            last = place == len(pages) - 1
            if self.blanks and (not both_sides or (last and len(pages) % 2)):
                numbers.append(self.back(page, names))
        self.record.document(paper, numbers)

    def separator(self, lot: random.Random) -> None:
        """Feed a separator sheet."""
        sheet = separator_sheet(lot)
        page = sheet.image
        self.feed(page, sheet.truth(), ("tint",), document=0, separator=True)
        if self.blanks:
            self.back(page, ("tint",), document=0, separator=True)


def _shining_through(front: Image.Image, strength: float) -> Image.Image:
    mirrored = cv2.flip(np.asarray(front.convert("RGB")), 1)
    table = (255 - (255 - np.arange(256)) * strength).astype(np.uint8)
    return Image.fromarray(cv2.LUT(cv2.GaussianBlur(mirrored, (0, 0), 2.2), table))


def separator_sheet(lot: random.Random) -> Sheet:
    """A sheet that stands between two documents: its code is a QR code or a Code 128."""
    sheet = Sheet(chance.pixels(lot.getrandbits(30), "separator"), (0, 0, 0))
    sheet.write("TỜ PHÂN CÁCH GIẤY TỜ", WIDTH / 2, 700, 28, "title", bold=True, align="centre")
    if lot.random() < 0.5:
        parts.qr(sheet, SEPARATOR, WIDTH / 2 - 350, 1000, 24)
    else:
        parts.bars(sheet, SEPARATOR, WIDTH / 2, 1150, 400)
    sheet.write(SEPARATOR, WIDTH / 2, 1950, 20, "body", bold=True, align="centre")
    sheet.notice()
    return sheet


def _papers(seed: int, lot: random.Random) -> Iterator[tuple[Story, str]]:
    """Papers without end: of one story after another, some of which begin with the receipt that serves as a cover."""
    others = sorted(set(FORMS) - {_COVER})
    number = 0
    while True:
        story = story_of(VARIED_FROM + 100_000 + 97 * seed + number)
        number += 1
        if lot.random() < 0.5:
            yield story, _COVER
        for kind in lot.sample(others, min(len(others), lot.randint(*_PAPERS))):
            yield story, kind


def draw_stack(seed: int, out: Path, pages: int, *, blanks: bool = False, separators: bool = False) -> Path:
    """Draw a stack of about ``pages`` pages into the folder ``out`` (made if need be) and return it.

    Args:
        seed: the same seed gives the same stack.
        out: the stack's own folder.
        pages: pages wanted, with blank and separator pages; the last paper may be left out or make it a little longer.
        blanks: the feeder took both sides of the sheets, and not all papers are printed on both.
        separators: sheets that say ``PATCHT`` stand between the papers; now and then two in a row.

    Raises:
        FontMissing: no suitable font is installed.
    """
    lot = chance.words(seed, "stack")
    stack = _Stack(seed, blanks)
    owner: Story | None = None
    for story, kind in _papers(seed, lot):
        left = pages - len(stack.pictures)
        if left <= 0:
            break
        owner = owner or story
        paper = FORMS[kind](story)
        both_sides = lot.random() < 0.4
        names = lot.choice(FEEDER)
        if len(paper.sheets) * (2 if blanks and not both_sides else 1) > left + _SLACK:
            continue
        if separators and stack.pictures:
            for _ in range(2 if lot.random() < 0.12 else 1):
                stack.separator(lot)
        stack.paper(paper, names, both_sides=both_sides)
    return _write(stack, out, owner or story_of(VARIED_FROM))


def _write(stack: _Stack, out: Path, owner: Story) -> Path:
    for folder in ("scans", "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    name = f"stack-{stack.seed}.pdf"
    files.write_pictures(out / "scans" / name, stack.pictures)
    truth = {"file": name, "seed": stack.seed, "born_digital": False, **stack.record.as_dict()}
    save(out / "truth" / f"{Path(name).stem}.truth.json", truth)
    save(out / "dossier.json", facts_of(owner, [f"scans/{name}"]))
    return out
