"""Commands that take papers in: ``run``, ``read``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from pipeline import capture, ocr, recipe
from pipeline.cli import shapes, views
from pipeline.cli.base import Site, echo_json, err, exit_status, json_option, pass_site, pin_option, spoken, t, tell
from pipeline.cli.terms import dossier_options
from pipeline.dossier import Capture, Document, Dossier, Kind, Page, PageReading
from pipeline.errors import SohoaError
from pipeline.settings import Settings
from pipeline.work import Crew, Outcome, Report, Run

paths_argument = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")


@click.command(
    help=t(
        "Số hóa giấy tờ của một hồ sơ: sao chụp, nhận dạng, bóc tách, ký, cấp mã, lưu kho.",
        "Digitise the papers of a dossier: capture, read, extract, sign, issue codes, store.",
    )
)
@paths_argument
@dossier_options(required=True)
@json_option
@pin_option
@pass_site
def run(
    site: Site,
    paths: tuple[Path, ...],
    code: str,
    procedure: str,
    owner: str,
    kind: str,
    accept: bool,
    override: str,
    as_json: bool,
) -> int:
    """Run the whole procedure over the given papers."""
    dossier = Dossier(code, procedure, owner, Kind(kind))
    office = site.office(accept=accept)
    outcomes: list[Outcome] = []
    with site.crew() as crew, views.progress() as report:
        order = Run(dossier, office, site.journal, crew, override, report)
        for outcome in order.over(paths):
            outcomes.append(outcome)
            if outcome.error is not None:
                tell(outcome.error)
    if as_json:
        echo_json(shapes.run(outcomes))
    else:
        views.run_table(outcomes, site.settings)
    return exit_status([outcome.error for outcome in outcomes if outcome.error is not None])


@click.command(
    help=t(
        "Chỉ đọc: sao chụp, nhận dạng và bóc tách; không lưu gì.",
        "Only read: capture, OCR and extraction; nothing is stored.",
    )
)
@paths_argument
@json_option
@click.option(
    "--overlay",
    type=click.Path(path_type=Path, file_okay=False),
    help=t(
        "Thư mục ghi ảnh trang có khung từ, trường và ảnh cắt các chỗ cần xem.",
        "Folder for pictures of the pages with words and fields, and of the places to look at.",
    ),
)
@pass_site
def read(site: Site, paths: tuple[Path, ...], as_json: bool, overlay: Path | None) -> int:
    """Read files and say what they are, without keeping anything."""
    files, errors = capture.gather(list(paths))
    problems: list[SohoaError] = list(errors)
    results = []
    with site.crew() as crew, views.progress() as report, tempfile.TemporaryDirectory(prefix="sohoa-") as scratch:
        for number, path in enumerate(files):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            try:
                taken, pages = _read_file(path, folder, crew, report)
                documents = list(recipe.documents(taken, pages, Dossier("", ""), site.knowledge))
            except SohoaError as error:
                problems.append(error)
                continue
            if overlay is not None:
                _draw(overlay, path, pages, documents, site.settings)
            results.append(shapes.reading(path, taken, pages, documents))
            if not as_json:
                views.reading(path, pages, documents, site.settings)
    for problem in problems:
        tell(problem)
    if as_json:
        single = len(paths) == 1 and not paths[0].is_dir()
        echo_json(results[0] if single and results else results)
    return exit_status(problems)


def _read_file(path: Path, folder: Path, crew: Crew, report: Report) -> tuple[Capture, list[tuple[Page, PageReading]]]:
    report("capture", path.name, 0, 1)
    taken = crew.take(path, folder)
    pages = []
    for done in crew.read(path.name, taken.pages):
        pages.append(done)
        report("read", path.name, len(pages), len(taken.pages))
    return taken, pages


def _draw(
    folder: Path,
    path: Path,
    pages: Iterable[tuple[Page, PageReading]],
    documents: Sequence[Document],
    settings: Settings,
) -> None:
    """A picture of every page, and beside it a sheet of the places that a person has to look at, if there are any."""
    folder.mkdir(parents=True, exist_ok=True)
    fields = [
        replace(field, key=views.field_label(field.key, document, settings), reason=spoken(field.reason))
        for document in documents
        for field in document.extraction.fields
    ]
    below, speech = settings.site.reading.review_below, t("vi", "en")
    for page, reading in pages:
        own = [field for field in fields if field.page == page.number]
        pixels, places = capture.pixels(page), ocr.places_to_review(reading, own, below)
        drawn = ocr.draw_overlay(pixels, reading, own, places, review_below=below, language=speech)
        name = f"{path.stem}-{page.number:03}"
        views.save_picture(folder / f"{name}.jpg", drawn)
        if places:
            views.save_picture(folder / f"{name}.review.png", ocr.draw_review(pixels, places, speech))
    err.print(t(f"Ảnh kiểm tra: {folder}", f"Pictures: {folder}"))
