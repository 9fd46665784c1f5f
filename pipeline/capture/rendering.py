"""Pages rendered by poppler, one at a time, never through PNG (208 CPU seconds for 20 noisy pages against 3.4)."""

from __future__ import annotations

import math
from pathlib import Path

from pdf2image import convert_from_path
from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError
from PIL import Image

from pipeline.dossier import Source
from pipeline.errors import Damaged, ProgramMissing, TooSlow
from pipeline.programs import install_hint
from pipeline.settings import Limits


def render(source: Source, number: int, size: tuple[int, int], limits: Limits, file: Path | None = None) -> Image.Image:
    """Render page ``number`` (from 1) of ``file``, or of the source, as shown, at ``size`` pixels; RGB.

    Raises:
        ProgramMissing, TooSlow, Damaged: poppler is not there, takes too long, or makes nothing of it.
    """
    try:
        images = convert_from_path(
            file or source.copy,
            first_page=number,
            last_page=number,
            size=size,
            fmt="ppm",
            use_cropbox=True,
            thread_count=1,
            timeout=math.ceil(limits.seconds_page),
        )
    except PDFInfoNotInstalledError as error:
        raise ProgramMissing(program="pdftoppm", fix=install_hint("pdftoppm")) from error
    except PDFPopplerTimeoutError as error:
        raise TooSlow(name=source.name, limit=round(limits.seconds_page)) from error
    except (PDFPageCountError, PDFSyntaxError) as error:
        raise Damaged(name=source.name, what=f"trang / page {number}") from error
    if not images:
        raise Damaged(name=source.name, what=f"trang / page {number}")
    return images[0].convert("RGB")
