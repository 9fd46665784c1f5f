"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.packaging.files import written


def test_the_name_is_given_when_all_is_written(tmp_path: Path) -> None:
    out = tmp_path / "a.pdf"
    with written(out) as part:
        part.write_bytes(b"whole")
        assert not out.exists()
    assert out.read_bytes() == b"whole"
    with pytest.raises(RuntimeError), written(out) as part:
        part.write_bytes(b"half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]
    assert out.read_bytes() == b"whole"


def test_what_a_killed_process_left_is_swept_and_what_others_write_stays(tmp_path: Path) -> None:
    out = tmp_path / "a.pdf"
    script = "import os, sys; from pathlib import Path; from pipeline.packaging.files import written\n"
    script += "with written(Path(sys.argv[1])) as part: part.write_bytes(b'half'); os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", script, out], check=False)
    assert killed.returncode == -9
    (left,) = tmp_path.iterdir()
    other = tmp_path / f".a.pdf.{os.getppid()}.part"
    other.touch()
    with written(out) as part:
        part.write_bytes(b"whole")
        assert not left.exists()
    assert sorted(tmp_path.iterdir()) == sorted([other, out])
