import pytest

from pipeline import programs
from pipeline.errors import ProgramFailed, ProgramMissing, TooSlow


def test_output_comes_back():
    assert programs.run(["cat"], name="x", seconds=5, stdin=b"abc") == b"abc"


def test_a_missing_program_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing, match="poppler-utils"):
        programs.run(["pdftoppm"], name="x", seconds=5)
    assert programs.version("pdftoppm") == ""


def test_a_failing_program_is_quoted():
    with pytest.raises(ProgramFailed, match="no such word"):
        programs.run(["sh", "-c", "echo no such word >&2; exit 3"], name="x", seconds=5)


def test_a_slow_program_is_stopped():
    with pytest.raises(TooSlow):
        programs.run(["sleep", "30"], name="x", seconds=0.2)


def test_a_greedy_program_is_confined():
    with pytest.raises(ProgramFailed):
        programs.run(["python3", "-c", "bytearray(3 << 30)"], name="x", seconds=20, megabytes=512)
