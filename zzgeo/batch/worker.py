"""``python -m zzgeo.batch.worker``: a process that audits one study after the other, warm after the first.

What is imported and compiled is so once. Orders come on standard input and answers go to standard output. What
a study prints goes to standard error, as do the last words of a process that breaks. The process ends when its standard
input does.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import io
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import replace
from typing import BinaryIO

from zzgeo.batch.frames import Answer, Order, read_frame, write_frame
from zzgeo.batch.task import Outcome, run_task
from zzgeo.memory import give_back
from zzgeo.system import SYSTEM

#: What an audit and its result need, imported before the first study, so that it is not part of its seconds.
_NEEDED = ("zzgeo.auditing.run", "zzgeo.intake.study", "zzgeo.reporting.results.writing", "zzgeo.reporting.outputs")

#: Bytes a process may map beyond its limit of memory: what it maps is not what it holds.
_MAPPED_ONLY = 4 << 30

#: Seconds between two looks whether a folder that another run holds is free.
_LOOK_AGAIN_S = 0.5


def main() -> None:
    """Answer orders until standard input ends."""
    SYSTEM.end_with_parent()
    # Ctrl+C reaches every process of a terminal: whoever started this one ends it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    orders, answers = _own_pipes()
    given: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders, given), daemon=True).start()
    for name in _NEEDED:
        importlib.import_module(name)
    write_frame(answers, Answer(None, SYSTEM.resident_bytes(os.getpid())))
    first = True
    while True:
        outcome = _carried_out(given.get())
        gc.collect()
        if first:  # what is left is imported and kept: no need to walk over it after every study
            gc.freeze()
            first = False
        give_back()
        write_frame(answers, Answer(outcome, SYSTEM.resident_bytes(os.getpid())))


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for ourselves: a study reads nothing, and what it prints goes to the log."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a worker that is ended must not keep what a study printed
        sys.stdout.reconfigure(line_buffering=True)
    return orders, answers


def _listen(orders: BinaryIO, given: queue.SimpleQueue[Order]) -> None:
    """Hand orders on; end the process at once, whatever it is doing, when nobody is there to hear the answer."""
    while True:
        try:
            order = read_frame(orders)
        except (EOFError, OSError):
            _end()
        given.put(order)


def _end() -> None:
    """End this process and those it started."""
    SYSTEM.end_this()


def _carried_out(order: Order) -> Outcome:
    SYSTEM.forget_peak()
    SYSTEM.limit_address_space(None if order.limit_bytes is None else order.limit_bytes + _MAPPED_ONLY)
    until = time.monotonic() + order.patience
    outcome = run_task(order.task)
    # a run that was killed lets go of its folder only when the system has taken it away; a doubled task is waited for
    while outcome.says("output.locked") and time.monotonic() < until:
        time.sleep(_LOOK_AGAIN_S)
        outcome = run_task(order.task)
    SYSTEM.limit_address_space(None)
    return replace(outcome, peak_bytes=SYSTEM.peak_bytes())


if __name__ == "__main__":
    main()
