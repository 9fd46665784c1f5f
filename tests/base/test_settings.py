import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.settings import Site, bundled_folder, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(bundled_folder(), tmp_path / "config")


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_configuration_that_comes_along_is_valid(folder):
    settings = load(folder)
    assert set(settings.legal.fields) >= {"ma_loai_giay_to", "so_ky_hieu", "ngay_cap", "pham_vi_hieu_luc"}
    assert len(settings.legal.fields) == 9
    assert settings.type("giay_khai_sinh") is not None
    assert settings.type("no_such_type") is None


def test_relative_paths_are_taken_from_the_folder(folder):
    site = load(folder).site
    assert site.data == (folder.parent / "var").resolve()
    assert site.keys.officer.p12.is_absolute()
    assert all(path.is_absolute() for path in site.keys.trust)


def test_an_unknown_key_is_refused_with_file_line_and_nearest_key(folder):
    _change(folder / "site.yaml", "  bucket:", "  buckte:")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    text = caught.value.text.en
    line = (folder / "site.yaml").read_text(encoding="utf-8").splitlines().index("  buckte: sohoa") + 1
    assert "site.yaml" in text
    assert f"line {line}" in text
    assert "'bucket'" in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  bucket: sohoa", "  bucket: Không Hợp Lệ"),
        ("jobs: 0", "jobs: -1"),
        ("policy: agreed", "policy: always"),
        ("language: vi ", "language: fr "),
        ("agency:", "agency: ["),
    ],
)
def test_a_wrong_value_is_refused_where_it_stands(folder, old, new):
    _change(folder / "site.yaml", old, new)
    with pytest.raises(ConfigError) as caught:
        load(folder)
    assert caught.value.details["line"] > 0


def test_a_missing_file_says_how_to_begin(folder):
    (folder / "codes.yaml").unlink()
    with pytest.raises(ConfigError, match="sohoa init"):
        load(folder)


def test_a_file_that_is_not_text_is_refused(folder):
    (folder / "legal.yaml").write_bytes(b"\xff\xfe\x00\x00")
    with pytest.raises(ConfigError):
        load(folder)


def test_a_type_given_twice_is_refused(folder):
    shutil.copy(folder / "document_types" / "giay_khai_sinh.yaml", folder / "document_types" / "again.yaml")
    with pytest.raises(ConfigError, match="giay_khai_sinh"):
        load(folder)


@given(st.sampled_from(sorted(Site.model_fields)), st.data())
def test_a_slip_of_one_letter_is_always_explained(tmp_path_factory, key, data):
    folder = tmp_path_factory.mktemp("slip") / "config"
    shutil.copytree(bundled_folder(), folder)
    at = data.draw(st.integers(0, len(key) - 1))
    slipped = key[:at] + "x" + key[at + 1 :]
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    if slipped == key or f"\n{key}:" not in text:
        return
    (folder / "site.yaml").write_text(text.replace(f"\n{key}:", f"\n{slipped}:", 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    assert "site.yaml" in caught.value.text.vi


def test_phrases_stand_between_semicolons_and_titles_come_from_the_types(folder):
    (folder / "vocabulary.yaml").write_text("head: [SỞ Y TẾ]\nphrases: tổ chức;  chi nhánh\n", encoding="utf-8")
    words = load(folder).vocabulary
    assert (words.head, words.signature) == (("SỞ Y TẾ",), ())
    assert words.phrases == ("tổ chức", "chi nhánh")
    assert "QUYẾT ĐỊNH" in words.titles


def test_a_folder_without_a_vocabulary_takes_the_one_that_comes_along(folder):
    (folder / "vocabulary.yaml").unlink()
    assert "GIÁM ĐỐC" in load(folder).vocabulary.signature
