"""``sohoa types check`` and ``sohoa types try`` on the configuration that comes along and on damaged copies of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import types as commands
from pipeline.cli.base import Site
from pipeline.errors import ConfigError, NotADocument, NotFound
from pipeline.settings import bundled_folder

NOTICE = """ỦY BAN NHÂN DÂN\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
PHƯỜNG THÍ ĐIỂM\tĐộc lập - Tự do - Hạnh phúc
Số: 15/KH-UBND\tThí Điểm, ngày 05 tháng 3 năm 2024
                              THÔNG BÁO
Phường thông báo lịch nghỉ lễ như sau."""

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the configuration to change."""
    return Path(shutil.copytree(bundled_folder(), tmp_path / "config"))


@pytest.fixture
def run(folder: Path) -> Run:
    def invoke(*words: object) -> Result:
        found: Result = CliRunner().invoke(
            commands.types, [str(word) for word in words], obj=Site(folder), standalone_mode=False
        )
        return found

    return invoke


def checked(run: Run) -> tuple[int, list[dict[str, Any]]]:
    result = run("check", "--json")
    assert result.exception is None
    return result.return_value, json.loads(result.output)["findings"]


def change(folder: Path, key: str, old: str, new: str) -> None:
    file = folder / "document_types" / f"{key}.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_comes_along_passes(run: Run) -> None:
    status, findings = checked(run)
    assert status == 0
    assert {one["severity"] for one in findings} <= {"info"}
    assert run("check").return_value == 0


def test_types_that_cannot_be_told_apart_are_named_with_file_and_line(run: Run, folder: Path) -> None:
    change(folder, "giay_moi", "titles: [GIẤY MỜI]", "titles: [GIẤY MỜI, GIẤY GIỚI THIỆU]")
    status, findings = checked(run)
    assert status == ConfigError.exit_code
    blocked = next(one for one in findings if one["severity"] == "block")
    assert (blocked["rule"], Path(blocked["file"]).name) == ("same_title", "giay_gioi_thieu.yaml")
    assert "titles:" in Path(blocked["file"]).read_text(encoding="utf-8").splitlines()[blocked["line"] - 1]
    assert "giay_moi" in run("check").output


def test_a_pattern_that_may_run_for_ever_is_named_with_its_field(run: Run, folder: Path) -> None:
    change(folder, "bien_ban", "fields:\n", "fields:\n  so: {label: {vi: a, en: a}, pattern: '(?:x|xy|y)*z'}\n")
    status, findings = checked(run)
    assert status == ConfigError.exit_code
    slow = next(one for one in findings if one["rule"] == "slow_pattern")
    assert slow["where"] == "bien_ban: fields.so.pattern"
    assert "  so:" in Path(slow["file"]).read_text(encoding="utf-8").splitlines()[slow["line"] - 1]


@pytest.mark.parametrize(
    ("new", "word"),
    [
        ("fields:\n  so: {label: {vi: a, en: a}, pattern: '(['}\n", "pattern"),
        ("fields:\n  so: {label: {vi: a, en: a}, patern: 'a'}\n", "pattern"),
        ("fields: [\n", "YAML"),
    ],
)
def test_a_file_that_is_wrong_in_itself_is_refused_with_its_line(run: Run, folder: Path, new: str, word: str) -> None:
    change(folder, "bien_ban", "fields:\n", new)
    error = run("check").exception
    assert isinstance(error, ConfigError)
    assert Path(str(error.details["file"])).name == "bien_ban.yaml"
    assert int(str(error.details["line"])) > 1
    assert word in str(error.details)


def test_a_text_is_tried_and_the_decision_explained(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(NOTICE, encoding="utf-8")
    result = run("try", file, "--json")
    assert result.exception is None
    (found,) = json.loads(result.output)
    assert (found["type"], found["runner_up"], found["pages"]) == ("thong_bao", "ke_hoach", [1])
    assert found["standings"][0]["evidence"][0]["what"] == "THÔNG BÁO"
    assert {one["type"] for one in found["would_tell"]} == {"thong_bao", "ke_hoach"}
    shown = run("try", file).output
    assert "THÔNG BÁO" in shown
    assert "/KH-UBND" in shown


def test_what_is_no_text_or_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    assert isinstance(run("try", file).exception, NotFound)
    file.write_bytes(b"\xff\xfe\x00\x01")
    assert isinstance(run("try", file).exception, NotADocument)


def test_learning_and_proposals_are_of_the_group() -> None:
    assert set(commands.types.commands) == {"check", "try", "learn", "propose"}
