"""A function in a fresh process of its own, which has loaded nothing but what that function needs."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_CALL = (
    "import pickle, sys; function, args, kwargs = pickle.load(sys.stdin.buffer); "
    "said = function(*args, **kwargs); sys.stdout.buffer.write(pickle.dumps(said))"
)


def alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``function`` (of a module, not of this command) in a new process and return what it returns.

    Raises:
        RuntimeError: the process ended with an error; its last lines are in the message.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _CALL],
        input=pickle.dumps((function, args, kwargs)),
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-3:]
        raise RuntimeError(f"{function.__name__}: exit {done.returncode}: {' / '.join(last)}")
    result: T = pickle.loads(done.stdout)
    return result
