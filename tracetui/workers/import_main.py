"""The import worker process: reads a job from a file descriptor, posts messages on standard output.

It parses what nobody vouches for, so it may die: limits keep it from taking the machine along, and the parent lives on.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from typing import Any, BinaryIO

from tracetui.errors import TracetuiError
from tracetui.workers.importing import run_import
from tracetui.workers.protocol import decode_job, write_frame
from tracetui.workers.stopping import Stop

_ADDRESS_SPACE_BYTES = 12 * 2**30
_PARENT_CHECK_S = 1.0


def main() -> None:
    """Run the job whose JSON stands in the file descriptor named on the command line."""
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _set_limits()
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    stream = _private_stdout()
    with os.fdopen(int(sys.argv[1]), "rb") as job_stream:
        job = decode_job(job_stream.read())

    def post(frame: dict[str, Any]) -> None:
        write_frame(stream, frame)

    stop = Stop()
    signal.signal(signal.SIGTERM, lambda *_: stop.ask() or os._exit(1))
    try:
        run_import(job, post, stop)
    except BrokenPipeError:
        sys.exit(1)  # the parent is gone
    except TracetuiError as error:
        post({"type": "failed", "kind": type(error).__name__, "message": error.message, "hint": error.hint})


def _set_limits() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _ADDRESS_SPACE_BYTES if hard == resource.RLIM_INFINITY else min(hard, _ADDRESS_SPACE_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _end_with_parent(parent: int) -> None:
    """A worker whose parent was killed has nobody left to read for."""
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os._exit(1)


def _private_stdout() -> BinaryIO:
    """The pipe to the parent; whatever else prints goes to standard error instead."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return stream


if __name__ == "__main__":
    main()
