"""What a batch and its workers say to each other: orders and answers, as frames of a length and a pickled value.

They go through the standard streams of a process that the batch started itself: nobody else is at the other end.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from zzgeo.batch.task import Outcome, Task


@dataclass(frozen=True)
class Order:
    """A task, the bytes it may hold, and the seconds it waits for its folder where another run holds that."""

    task: Task
    limit_bytes: int | None
    patience: float


@dataclass(frozen=True)
class Answer:
    """What came of an order, None when the process has begun; and the bytes it holds now."""

    outcome: Outcome | None
    resident: int


def read_frame(stream: BinaryIO) -> Any:
    """Return the next value of a stream.

    Raises
    ------
    EOFError
        If it ends, also in the middle of a value.
    """
    head = stream.read(8)
    size = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
    body = stream.read(size)
    if not head or len(body) < size or len(head) < 8:
        raise EOFError
    return pickle.loads(body)


def write_frame(stream: BinaryIO, value: object) -> None:
    """Write a value to a stream, at once.

    Raises
    ------
    OSError
        If nobody is at the other end.
    """
    body = pickle.dumps(value)
    stream.write(struct.pack("<Q", len(body)) + body)
    stream.flush()
