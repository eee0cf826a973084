"""Measuring in turn, A B C, A B C, so that a slow moment of the machine slows all of them."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

Name = TypeVar("Name")
Found = TypeVar("Found")


def in_turn(
    works: Mapping[Name, Callable[[], Found]], rounds: int, slow: Sequence[Name] = ()
) -> dict[Name, list[Found]]:
    """The result of each work in every round, without the first round, which warms up.

    The `slow` ones run only in the first round, and it counts; with `rounds` 0 that holds for all.
    """
    found: dict[Name, list[Found]] = {name: [] for name in works}
    for place in range(rounds + 1):
        for name, work in works.items():
            if place == 0 or name not in slow:
                found[name].append(work())
    return {name: each[1:] or each for name, each in found.items()}


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """The same work as a function that returns the seconds it took."""

    def time() -> float:
        begun = perf_counter()
        work()
        return perf_counter() - begun

    return time


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_core() -> Iterator[None]:
    """Stay on one core, where the system supports it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(ours)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)
