"""`python -m abono.demo.leash MODULE …`: run a module that ends when whoever started it is gone.

Its standard input is a pipe that the starter keeps open. When the starter ends, even by kill -9, the kernel
closes the pipe, and this process takes its whole group down: no orphan keeps a port or a database.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE_S = 10


def _hold_on() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGTERM)
    time.sleep(PATIENCE_S)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    threading.Thread(target=_hold_on, name="leash", daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
