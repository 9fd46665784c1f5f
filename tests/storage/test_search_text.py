"""What the end of a line broke is found as one word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.storage.indexes import add, empty, ids


@pytest.mark.parametrize("words", ["nghiên cứu", "nghien cuu", '"việc nghiên cứu"', "15/2023/NĐ-CP"])
def test_broken_words_are_found(tmp_path: Path, words: str):
    index = empty(tmp_path / "index.db")
    wanted = add(index, tmp_path, 1, text="Giao việc nghi-\nên cứu theo Nghị định số 15/2023/NĐ-\nCP của Chính phủ")
    add(index, tmp_path, 2, text="Giao việc nghi lễ cho ban ên ả")
    assert ids(index, words) == [wanted]
