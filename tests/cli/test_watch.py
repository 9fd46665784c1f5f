"""``sohoa watch`` on a real installation: from the folder of a scanner to the end, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.base import Site
from pipeline.cli.watch import watch
from pipeline.errors import ConfigError, NotFound
from pipeline.settings import WatchedFolder
from pipeline.work.area import open_area
from pipeline.work.ledger import ItemState, Lease
from tests.capture.making import scan as drawn
from tests.fixtures.office import Installation

CODE = "H00.01-261122-0777"


def _watch(site: Site, *words: object) -> Result:
    return CliRunner().invoke(watch, list(map(str, words)), obj=site, standalone_mode=False)


def test_a_dropped_scan_goes_its_way(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.cli.watch.WatchedFolder", partial(WatchedFolder, still_seconds=0.2))
    site = Site(installation.folder / "config")
    dropped = tmp_path / "scans" / CODE / "quét 1.png"
    dropped.parent.mkdir(parents=True)
    drawn(590, 833).save(dropped, dpi=(100, 100))
    words = (tmp_path / "scans", "--procedure", "1.001193", "--once", "--json")
    first = _watch(site, *words)
    assert first.exception is None, first.output
    assert json.loads(first.stdout) == {"taken": 1, "moved": 0, "left": 0, "in_work": 1}
    lease = site.ledger.claim("worker")
    assert isinstance(lease, Lease)
    open_area(site.settings.site).fetch_source(lease.item.sha256, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == dropped.read_bytes()
    site.ledger.set_read(lease, [], 1, {})
    lease = site.ledger.claim("worker")
    assert isinstance(lease, Lease)
    site.ledger.finish(lease, ItemState.WAITING, [], {})
    assert json.loads(_watch(site, *words).stdout)["moved"] == 1
    assert not dropped.exists()
    note = tmp_path / "scans" / "done" / CODE / "quét 1.png.reason.txt"
    assert "sohoa review" in note.read_text("utf-8-sig")


def test_a_watcher_ends_when_it_is_told_to(installation: Installation, tmp_path: Path):
    code = (
        "from pipeline.cli.watch import watch; from pipeline.cli.base import Site; from pathlib import Path; "
        f"watch([{str(tmp_path)!r}], obj=Site(Path({str(installation.folder / 'config')!r})))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ), text=True
    ) as process:
        assert process.stderr is not None
        assert str(tmp_path) in process.stderr.readline()
        until = time.monotonic() + 60
        while not (tmp_path / ".sohoa-watch").exists() and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        said, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Đã nhận 0 tệp" in said
    assert "Traceback" not in told


def test_what_cannot_be_watched_is_told(installation: Installation, tmp_path: Path):
    site = Site(installation.folder / "config")
    assert isinstance(_watch(site).exception, ConfigError)  # none in site.yaml
    with pytest.raises(NotFound):
        raise _watch(site, tmp_path / "none").exception or AssertionError
