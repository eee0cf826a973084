"""Settings of the whole process: changed by the first holder, restored by the last, in any order."""

import gc
import sys
from contextlib import suppress
from threading import Barrier, Thread

import pytest

from audiograph.machine_code.process import Once, compile_listener, compiling, paused_collector, short_turns


@pytest.fixture(autouse=True)
def restored():
    """A test that fails leaves the other tests their collector and interval."""
    interval = sys.getswitchinterval()
    yield
    gc.enable()
    sys.setswitchinterval(interval)


@pytest.mark.parametrize(
    ("setting", "state", "inside"),
    [(paused_collector, gc.isenabled, False), (short_turns, sys.getswitchinterval, 0.0005)],
)
def test_two_that_overlap_restore_what_was_before_the_first(setting, state, inside):
    before = state()
    first, second = setting(), setting()
    first.__enter__()
    second.__enter__()
    assert state() == pytest.approx(inside)
    first.__exit__(None, None, None)
    assert state() == pytest.approx(inside), "the second still holds it"
    second.__exit__(None, None, None)
    assert state() == before


@pytest.mark.parametrize(
    ("setting", "state"), [(paused_collector, gc.isenabled), (short_turns, sys.getswitchinterval)]
)
def test_it_is_restored_when_threads_come_and_go(setting, state):
    before, barrier = state(), Barrier(8)

    def hold():
        barrier.wait()
        for number in range(200):
            with suppress(ZeroDivisionError), setting():
                1 // (number % 3)

    threads = [Thread(target=hold) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state() == before


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    with paused_collector():
        pass
    assert not gc.isenabled()


def test_an_interval_that_is_shorter_already_is_kept():
    sys.setswitchinterval(0.0001)
    with short_turns():
        assert sys.getswitchinterval() == pytest.approx(0.0001, rel=0.02)


def test_a_listener_is_called_only_within():
    first, second = list[str](), list[str]()
    with compile_listener(first.append):
        with compile_listener(second.append):
            compiling("a")
        compiling("b")
    compiling("c")
    assert (first, second) == (["a", "b"], ["a"])


def test_a_listener_may_leave_while_it_is_called_and_may_raise():
    names = list[str]()

    def refuse(_):
        raise InterruptedError

    with pytest.raises(InterruptedError), compile_listener(refuse):
        compiling("a")
    with compile_listener(names.append):
        compiling("b")
    assert names == ["b"]


def test_a_message_is_new_once_until_all_are_cleared():
    once = Once()
    assert not once and once.is_new("full") and not once.is_new("full") and once
    once.clear()
    assert not once and once.is_new("full")
