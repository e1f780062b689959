"""Bulk work: the search for circles rests meanwhile, also where blocks overlap, and is put back as it was."""

from __future__ import annotations

import gc
import math
import threading
from collections.abc import Iterator

import pytest

from zzgeo import memory
from zzgeo.memory import bulk_work, give_back


@pytest.fixture(autouse=True)
def searching() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_the_search_goes_on_after_the_last_block_also_after_a_fault() -> None:
    with bulk_work():
        assert not gc.isenabled()
        with pytest.raises(ValueError, match="x"), bulk_work():
            raise ValueError("x")
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_search_that_was_off_stays_off() -> None:
    gc.disable()
    with bulk_work():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_blocks_of_two_threads_overlap() -> None:
    begun, go = threading.Event(), threading.Event()

    def longer() -> None:
        with bulk_work():
            begun.set()
            go.wait(10)

    thread = threading.Thread(target=longer)
    with bulk_work():
        thread.start()
        assert begun.wait(10)
    assert not gc.isenabled()  # the other is still at it
    go.set()
    thread.join()
    assert gc.isenabled()


def test_memory_is_given_back_to_the_system() -> None:
    import sys

    if sys.platform != "linux":
        pytest.skip("only glibc gives back what lies between")

    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    held = [bytearray(100_000) for _ in range(2_000)]  # below the size the C library maps by itself
    kept = held[::400]
    before = resident()
    held.clear()
    give_back()
    assert before - resident() > 100e6
    assert len(kept) == 5


def test_a_small_process_keeps_what_it_will_use_again_and_a_large_one_gives_it_back(monkeypatch) -> None:
    given = []
    monkeypatch.setattr(memory, "give_back", lambda: given.append(True))
    for bytes_held, times in ((100e6, 0), (5e9, 1), (math.inf, 2)):
        monkeypatch.setattr(memory.SYSTEM, "held_bytes", lambda held=bytes_held: held)
        with bulk_work():
            pass
        assert len(given) == times
