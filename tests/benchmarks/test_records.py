"""The bench of records: a small run for real, and the measures it is made of."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image

from benchmarks import cli
from benchmarks.records import cases, cost, figures, opinions, picture, report, steps, tampering
from benchmarks.records.alone import alone
from benchmarks.records.maker import PACKAGED, STAGES, Maker
from benchmarks.records.picture import BYTES
from pipeline.settings import Legal, bundled_folder, load
from pki import Pki
from tests.packaging import drawing


@pytest.fixture(scope="module")
def legal() -> Legal:
    return load(bundled_folder()).legal


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a quick run without costs says."""
    file = tmp_path_factory.mktemp("bench") / "out.json"
    keep = file.with_name("kept")
    wanted = ["--quick", "--sets", "odd", "--odd", "1", "--flavours", "2b", "--only", "validity", "--keep", str(keep)]
    assert cli.main(["records", *wanted, "--json", str(file)]) == 0
    found: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
    found["kept"] = sorted(path.name for path in keep.iterdir())
    return found


def test_every_stage_is_made_and_checked(told: dict[str, object]) -> None:
    checked = told["checked"]
    assert isinstance(checked, list)
    assert len(checked) == len(STAGES)
    assert len(told["kept"]) == len(checked)  # type: ignore[arg-type]
    assert all(one["findings"] == [] for one in checked)
    assert all(one["unproven"] == [] for one in checked)
    assert all((one["proofs"] > 0) is (one["stage"] != PACKAGED) for one in checked)
    sizes = [one["size"] for one in checked]
    assert sizes == sorted(sizes)


def test_sizes_and_pictures_are_measured(told: dict[str, object]) -> None:
    (size,), (look,) = told["sizes"], told["pictures"]  # type: ignore[misc]
    assert size["scan"] < size["packaged"] < size["sealed"] < 3 * size["scan"]
    assert 0 < size["light"] < size["packaged"]
    assert look["kept"] == BYTES
    assert look["ssim"] > 0.9


def test_bars_of_parts_that_were_left_out_are_not_measured() -> None:
    bars = figures.bars_of(figures.Outcome())
    assert all(bar.reached is None for bar in bars)
    assert "not measured" in report.as_markdown(figures.Outcome())


# -- cost -------------------------------------------------------------------------------------------------------


def test_steps_are_timed_in_a_process_of_their_own(legal: Legal, pki: Pki, tmp_path: Path) -> None:
    maker = Maker.of(pki, legal)
    document = drawing.drawn_document(tmp_path)
    timed = {one.what: one for one in alone(steps.time_steps, document, maker, tmp_path, 1, ("B-T",))}
    assert all(one.wall > 0 and one.cpu > 0 and not one.refused for one in timed.values())
    assert timed[steps.PACKAGE].size < timed["sign B-T"].size < timed["seal B-T"].size
    memory = alone(steps.use_memory, document, maker, tmp_path)
    assert list(memory.after) == ["package", "check", "sign", "seal", "verify"]
    assert 30 < memory.before < memory.resident < 1000
    assert 10 < memory.own <= memory.resident


def test_long_documents_are_full_colour_scans(tmp_path: Path) -> None:
    case = cases.long(2, tmp_path)
    assert case.full
    assert 1.2e6 < case.document.source.size / 2 < 1.6e6
    short = cases.shorter(case, 1)
    assert (len(short.document.pages), len(short.document.readings)) == (1, 1)
    assert short.document.source.size == case.document.pages[0].carrier.stat().st_size


def test_a_step_that_was_refused_is_a_bar_missed() -> None:
    refused = steps.Timed(steps.PACKAGE, 1, refused="no")
    costs = cost.Costs(1, 1.0, (refused,), refused, (steps.Memory(300, resident=100.0, refused="no"),))
    bars = [bar for bar in figures.bars_of(figures.Outcome(costs=costs)) if bar.reached is not None]
    assert len(bars) == 5
    assert not any(bar.reached for bar in bars)


def test_a_process_of_its_own_says_what_went_wrong() -> None:
    with pytest.raises(RuntimeError, match="no-such-file"):
        alone(Path.read_bytes, Path("no-such-file"))


# -- tampering --------------------------------------------------------------------------------------------------


def test_attacks_are_judged_by_us_and_by_others(legal: Legal, pki: Pki, tmp_path: Path) -> None:
    papers = []
    for name, size in (("first", drawing.A4_MM), ("second", (148.0, 210.0))):
        (tmp_path / name).mkdir()
        papers.append(cases.Case("drawn", name, drawing.drawn_document(tmp_path / name, size)))
    maker = Maker.of(pki, legal)
    tried = islice(tampering.attacked((papers[0], papers[1]), pki, maker, "B-B", tmp_path, lambda: None), 3)
    for one in tried:
        assert one.rightly
        assert one.pdfsig.against
        assert one.level == "B-B"
    good = list(tampering.good(papers[:1], maker, tmp_path, lambda: None, flavours=["2u"], levels=["B-B"]))
    assert [one.found for one in good] == [False, False]  # sealed, renewed


# -- pictures ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def noise() -> picture.Grey:
    return cv2.GaussianBlur(np.random.default_rng(7).integers(0, 256, (300, 200), np.uint8), (5, 5), 0)


def test_ssim_of_a_picture_with_itself_is_one(noise: picture.Grey) -> None:
    assert picture.ssim(noise, noise) == pytest.approx(1)


def test_ssim_sees_shift_and_inversion(noise: picture.Grey) -> None:
    assert picture.ssim(noise, np.roll(noise, 1, axis=1)) < 0.95
    assert picture.ssim(noise, 255 - noise) < 0


def test_ssim_of_flat_pictures_is_what_the_formula_says() -> None:
    first, second = (np.full((64, 64), value, np.uint8) for value in (100, 150))
    constant = (0.01 * 255) ** 2
    assert picture.ssim(first, second) == pytest.approx((2 * 100 * 150 + constant) / (100**2 + 150**2 + constant))


def test_ssim_in_strips_is_that_of_the_whole(noise: picture.Grey, monkeypatch: pytest.MonkeyPatch) -> None:
    other = cv2.GaussianBlur(noise, (3, 3), 0)
    whole = picture.ssim(noise, other)
    monkeypatch.setattr(picture, "_STRIP", 64)
    assert picture.ssim(noise, other) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_pixels_are_compared_whatever_their_mode(mode: str, tmp_path: Path) -> None:
    file, other = tmp_path / "picture.png", tmp_path / "other.png"
    samples = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    made = Image.fromarray(samples * 16) if mode == "I;16" else Image.fromarray(samples.astype(np.uint8)).convert(mode)
    made.save(file)
    changed = made.copy()
    changed.putpixel((5, 5), made.getpixel((50, 50)))
    changed.save(other)
    with pikepdf.new() as pdf:
        image = _embedded(pdf, made)
        assert picture.same_pixels(image, file)
        assert not picture.same_pixels(image, other)


def _embedded(pdf: pikepdf.Pdf, made: Image.Image) -> pikepdf.Stream:
    deep = made.mode == "I;16"
    if deep:
        data = np.asarray(made).astype(">u2").tobytes()
    elif made.mode == "1":
        data = made.tobytes()
    else:
        data = made.convert("RGB").tobytes()
    space = pikepdf.Name.DeviceGray if deep or made.mode == "1" else pikepdf.Name.DeviceRGB
    bits = {"I;16": 16, "1": 1}.get(made.mode, 8)
    return pikepdf.Stream(
        pdf, data, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=made.width, Height=made.height,
        ColorSpace=space, BitsPerComponent=bits,
    )  # fmt: skip


# -- others -----------------------------------------------------------------------------------------------------


def test_others_judge_good_and_broken_files(legal: Legal, pki: Pki, tmp_path: Path) -> None:
    maker = Maker.of(pki, legal, "B-LTA")
    document = drawing.drawn_document(tmp_path)
    made = {stage: pdf for stage, pdf in maker.stages(document, tmp_path / "made", "2b") if isinstance(pdf, Path)}
    assert tuple(made) == STAGES
    sealed = made["sealed"]
    assert opinions.openssl(sealed, maker.chain) == opinions.Proofs(5)  # two signatures, two stamps, one archive stamp
    assert opinions.pyhanko(sealed, maker.chain) == opinions.Opinion(False, "")
    assert not opinions.pdfsig(sealed).against
    assert opinions.pyhanko(made[PACKAGED], maker.chain).what == "no signature"
    assert opinions.pdfsig(made[PACKAGED]).against
    data = bytearray(sealed.read_bytes())
    data[len(made[PACKAGED].read_bytes()) // 2] ^= 1
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(data)
    assert opinions.pyhanko(broken, maker.chain).against
    assert opinions.pdfsig(broken).against
    assert opinions.openssl(broken, maker.chain).refused
