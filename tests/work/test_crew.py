"""The crew with real readers: what happens to a worker that is slow, greedy or killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image, ImageDraw

from pipeline.errors import EmptyFile, TooMuchMemory, TooSlow
from pipeline.settings import Limits, Reading
from pipeline.work import Crew


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    picture = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(12):
        draw.text((120, 150 + 90 * row), "Cong hoa xa hoi chu nghia Viet Nam " * 2, fill="black", font_size=30)
    path = tmp_path / "giay.png"
    picture.save(path, dpi=(150, 150))
    return path


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_pages_come_back_in_order_and_our_errors_as_themselves(scan: Path, tmp_path: Path):
    (tmp_path / "rong.pdf").touch()
    with Crew(Reading(), Limits(), jobs=2) as crew:
        taken = crew.take(scan, _folder(tmp_path))
        read = list(crew.read(scan.name, taken.pages * 3))
        with pytest.raises(EmptyFile):
            crew.take(tmp_path / "rong.pdf", tmp_path / "work")
    assert [page.number for page, _ in read] == [1, 1, 1]
    assert all("xa hoi" in reading.text for _, reading in read)
    assert read[0] == read[1] == read[2]


def test_a_page_that_takes_too_long_is_given_up(scan: Path, tmp_path: Path):
    with Crew(Reading(), Limits(seconds_page=0.05), jobs=1) as crew:
        taken = crew.take(scan, _folder(tmp_path))
        with pytest.raises(TooSlow) as caught:
            list(crew.read(scan.name, taken.pages))
    assert scan.name in caught.value.text.vi


def test_a_killed_worker_costs_its_page_and_no_more(scan: Path, tmp_path: Path):
    with Crew(Reading(), Limits(), jobs=1) as crew:
        taken = crew.take(scan, _folder(tmp_path))
        list(crew.read(scan.name, taken.pages))
        stop = threading.Event()

        def kill() -> None:
            time.sleep(0.1)
            for child in psutil.Process().children():
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()
            stop.set()

        threading.Thread(target=kill).start()
        with pytest.raises(TooMuchMemory):
            for _ in crew.read(scan.name, taken.pages * 40):
                assert not stop.wait(0)
        assert len(list(crew.read(scan.name, taken.pages))) == 1


def test_a_worker_is_confined_in_memory(tmp_path: Path):
    big = tmp_path / "to.png"
    Image.new("L", (30_000, 30_000), 255).save(big, dpi=(600, 600))
    with Crew(Reading(), Limits(megapixels=1000, memory_megabytes=1024), jobs=1) as crew, pytest.raises(TooMuchMemory):
        crew.take(big, _folder(tmp_path))


def test_workers_that_are_still_starting_when_the_run_ends_say_nothing(tmp_path: Path):
    script = tmp_path / "run.py"
    script.write_text(_SLOW_START, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    assert done.stdout == "ended\n"


_SLOW_START = """
import signal, sys, time
from pathlib import Path
from pipeline.settings import Limits, Reading
from pipeline.work import Crew

if __name__ == "__main__":
    with Crew(Reading(), Limits(), jobs=2) as crew:
        crew._pool.schedule(abs, (1,))
    print("ended")
else:  # a worker: slow to start, and in no hurry to end
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(1)
"""


def test_processes_that_grew_too_big_are_started_anew(scan: Path, tmp_path: Path):
    with Crew(Reading(), Limits(), jobs=1) as crew:
        (page,) = crew.take(scan, _folder(tmp_path)).pages
        children = psutil.Process().children()
        readers = [process for process in children if any("spawn_main" in word for word in process.cmdline())]
        assert readers
        assert not crew.recycle(100_000)
        assert crew.recycle(1)
        assert not any(process.is_running() for process in readers)
        assert [reading.number for _, reading in crew.read("giay", [page])] == [1]
