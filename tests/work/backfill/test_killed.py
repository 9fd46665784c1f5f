"""A planner or feeder that is killed at any moment goes on where it was; nothing is lost, nothing is there twice."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from pipeline.work.ledger import ItemState
from tests.work.backfill.deliveries import numbered, put, tiff
from tests.work.backfill.feeding import JOB, ledger_in

_FILES = 240
_KILLS = 5


def test_killed_at_random_moments_it_goes_on(tmp_path: Path) -> None:
    archive, data, area = (tmp_path / name for name in ("archive", "data", "area"))
    for folder in (data, area):
        folder.mkdir()
    for number in range(_FILES):
        put(archive, f"HS-{number // 4:03}/{number}.tif", numbered(tiff(), number))
    command = [sys.executable, "-m", "tests.work.backfill.feeding", str(archive), str(data), str(area)]
    chance = random.Random(11)
    ended = 0
    for _ in range(_KILLS):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            if chance.random() < 0.6 and process.stdout is not None:
                process.stdout.readline()  # in the feeding, else in the planning
                time.sleep(chance.uniform(0, 0.5))
            else:
                time.sleep(chance.uniform(0.7, 1.6))
            children = psutil.Process(process.pid).children(recursive=True)
            ended += process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive  # its confined processes go with it
    assert ended > _KILLS / 2
    subprocess.run(command, check=True, timeout=120)
    items = ledger_in(data).items(JOB, limit=2 * _FILES)
    assert len(items) == _FILES == len({item.origin for item in items})
    for item in items:
        content = (archive / item.origin).read_bytes()
        assert item.state is ItemState.READY
        assert item.sha256 == hashlib.sha256(content).hexdigest()
        assert (area / item.sha256).read_bytes() == content
    again = [log for log in area.glob("*.log") if log.read_text().count("brought") > 1]
    assert len(again) <= _KILLS  # no more than the one in flight, each time
