"""A stand-in for ``scanimage`` that serves page pictures, and SANE's own test device, for tests of scanning."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

SCRIPT = '''#!{python}
"""Speaks as scanimage does; what it serves and when it fails is told by files beside it."""
import re, shutil, sys, time
from pathlib import Path
here = Path(__file__).parent
words = sys.argv[1:]
said = lambda line, end="\\n": print(line, end=end, file=sys.stderr, flush=True)
told = lambda name, default="": (here / name).read_text().strip() if (here / name).exists() else default
(here / "asked").open("a").write(repr(words) + "\\n")
if any(word.startswith("--formatted-device-list") for word in words):
    for name in told("devices", "fake:0").splitlines():
        print(name, "Hãng", "Máy 1", "scanner", sep="\\x1f")
    sys.exit(0)
device = next(word.partition("=")[2] for word in words if word.startswith("--device-name="))
if told("gone"):
    said(f"scanimage: open of device {{device}} failed: Invalid argument")
    sys.exit(1)
if "--all-options" in words:
    print("\\nAll options specific to device `" + device + "':\\n  Scan Mode:")
    given = told("options", "--mode Lineart|Gray|Color [Gray]\\n--resolution 100|200|300|600dpi [100]\\n"
          "--source Flatbed|ADF Front|ADF Back|ADF Duplex [Flatbed]\\n-x 0..215.9mm [215.9]\\n-y 0..355.6mm [355.6]\\n"
          "--swcrop[=(yes|no)] [no] [advanced]\\n--tricky [inactive]")
    print("\\n".join("    " + line for line in given.splitlines()))
    sys.exit(0)
number = int(next(word.partition("=")[2] for word in words if word.startswith("--batch-start=")))
count = next((int(word.partition("=")[2]) for word in words if word.startswith("--batch-count=")), 10**9)
said("scanimage: rounded value of br-x from 210 to 209.981")
said("Scanning infinity pages, incrementing by 1, numbering from 1")
jam, hang = int(told("jam", "0")), int(told("hang", "0"))
for _ in range(count):
    said(f"Scanning page {{number}}")
    page = here / "pages" / f"{{number}}.tif"
    if hang == number:
        time.sleep(600)
    if jam == number:
        (here / "jam").unlink()
        said("Progress: 12.5%", end="\\r")
        said("scanimage: sane_read: " + told("fault", "Document feeder jammed"))
        said(f"Scanned page {{number}}. (scanner status = 6)")
        said(f"Batch terminated, {{number}} pages scanned")
        sys.exit(6)
    if not page.exists() and not told("endless"):
        said("scanimage: sane_start: Document feeder out of documents")
        said("Batch terminated")
        sys.exit(0 if number > 1 else 7)
    for share in (3.1, 50.0, 100.0):
        said(f"Progress: {{share}}%", end="\\r")
    shutil.copyfile(page if page.exists() else here / "pages" / "1.tif", f"scan{{number:04}}.tif")
    said(f"Scanned page {{number}}. (scanner status = 5)")
    number += 1
'''


class FakeScanner:
    """A folder with a ``scanimage``; put it first on PATH."""

    def __init__(self, folder: Path, pages: list[Image.Image], dpi: int = 100) -> None:
        self.folder = folder
        (folder / "pages").mkdir(parents=True)
        program = folder / "scanimage"
        program.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
        program.chmod(0o755)
        for number, page in enumerate(pages, 1):
            page.save(folder / "pages" / f"{number}.tif", dpi=(dpi, dpi))

    def tell(self, name: str, text: object) -> None:
        """Have it behave otherwise: ``jam``, ``hang`` (page), ``gone``, ``endless``, ``options``, ``devices``."""
        (self.folder / name).write_text(str(text), encoding="utf-8")

    @property
    def asked(self) -> str:
        """How it was called the last time."""
        return (self.folder / "asked").read_text(encoding="utf-8").splitlines()[-1]


def sane_test_device(folder: Path, extra: str = "") -> Path:
    """A SANE configuration in which there is the test device alone; ``extra`` goes into its settings."""
    folder.mkdir()
    (folder / "dll.conf").write_text("test\n")
    (folder / "test.conf").write_text(
        f"number_of_devices 1\nmode Color\nresolution 100.0\nbr_x 80.0\nbr_y 100.0\n{extra}\n"
    )
    return folder
