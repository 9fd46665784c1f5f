"""Readers come in through one door, and say clearly what they lack."""

import importlib
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from pipeline.errors import ConfigError, LanguageMissing, ProgramMissing, SohoaError, TooSlow
from pipeline.ocr import Clock, data_folder, open_desk, readers, register
from pipeline.ocr.readers import open_reader
from pipeline.ocr.tesseract import Tesseract
from pipeline.settings import Limits, Reading
from tests.ocr.drawing import note, page_of, pixels


@pytest.fixture
def own_register(monkeypatch):
    """A register that forgets what a test put into it."""
    monkeypatch.setattr(readers, "_openers", dict(readers._openers))
    readers._register_plugins.cache_clear()
    yield
    readers._register_plugins.cache_clear()


def test_language_data_are_found():
    assert (data_folder("vie") / "vie.traineddata").is_file()


def test_missing_vietnamese_is_said_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(LanguageMissing) as caught:
        open_desk(Reading(), Limits())
    assert "sudo apt-get install tesseract-ocr-vie" in caught.value.text.vi
    assert "vie" in caught.value.text.en


def test_a_folder_of_data_that_does_not_exist(tmp_path, monkeypatch):
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path / "nowhere"))
    with pytest.raises(LanguageMissing):
        data_folder("vie")


def test_each_language_of_several_must_be_there():
    with pytest.raises(LanguageMissing) as caught:
        data_folder("vie+xyz")
    assert "tesseract-ocr-xyz" in caught.value.text.en


def test_missing_program_is_said_with_the_way_out(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ProgramMissing) as caught:
        open_desk(Reading(), Limits())
    assert "tesseract-ocr-vie" in caught.value.text.vi


def test_unknown_reader_names_the_nearest():
    with pytest.raises(ConfigError) as caught:
        open_reader("teseract", Reading())
    assert "'tesseract'" in caught.value.text.vi


@pytest.mark.usefixtures("own_register")
def test_two_readers_cannot_have_one_name():
    with pytest.raises(ConfigError):
        register("tesseract", lambda _: Tesseract("vie"))


@pytest.mark.usefixtures("own_register")
def test_a_reader_of_another_package_comes_in_by_its_entry_point(tmp_path, monkeypatch):
    """The entry point is found on the import path as an installed package's would be."""
    (tmp_path / "visiting_reader.py").write_text(
        "from pipeline.dossier import Line, Word\n"
        "class Visitor:\n"
        "    name = 'visitor'\n"
        "    def find_lines(self, grey): return ((10.0, 10.0, 200.0, 50.0),)\n"
        "    def read_lines(self, grey, boxes, dpi, clock):\n"
        "        return tuple((Word('khách', box, 0.9),) for box in boxes)\n"
        "    def read_page(self, grey, dpi, clock): return ()\n"
        "def open_visitor(reading): return Visitor()\n"
    )
    facts = tmp_path / "visiting_reader-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: visiting-reader\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[sohoa.readers]\nvisitor = visiting_reader:open_visitor\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    desk = open_desk(Reading.model_construct(language="vie", readers=("visitor",), review_below=0.85), Limits())
    picture = pixels(note(["Giấy tờ"]))
    reading = desk.read(picture, page_of(picture))
    assert (reading.text, reading.readers, reading.mode) == ("khách", ("visitor",), "lines")
    assert reading.lines[0].words[0].agreed is None


def test_the_clock_runs_out():
    clock = Clock(0.01, "page 1")
    time.sleep(0.02)
    assert clock.left == 0
    with pytest.raises(TooSlow):
        clock.check()
    Clock(60, "page 1").check()


def test_page_reading_is_stopped_when_time_is_up():
    noise = np.random.default_rng(0).integers(0, 255, (3000, 2400)).astype(np.uint8)
    with pytest.raises(TooSlow):
        Tesseract("vie").read_page(noise, 300, Clock(0.05, "page 1"))


def test_line_reading_is_stopped_when_time_is_up():
    grey = np.asarray(note(["Giấy tờ"]).convert("L"))
    with pytest.raises(TooSlow):
        Tesseract("vie").read_lines(grey, [(100, 60, 800, 140)], 300, Clock(0, "page 1"))


def test_one_thread_a_process():
    """In a process of its own: there the limit must be set before the readers are loaded, and stay."""
    code = (
        "import os, sys; os.environ.pop('OMP_THREAD_LIMIT', None)\n"
        "from pipeline.ocr import open_desk; from pipeline.settings import Limits, Reading\n"
        "open_desk(Reading(), Limits()); print(os.environ['OMP_THREAD_LIMIT'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ), check=True
    )
    assert done.stdout.split() == ["1"]


def test_without_any_reader_there_is_no_desk(monkeypatch):
    monkeypatch.setitem(sys.modules, "trueocr", None)
    monkeypatch.delitem(sys.modules, "pipeline.ocr.second", raising=False)
    with pytest.raises(SohoaError):
        open_desk(Reading(readers=("trueocr",)), Limits())
