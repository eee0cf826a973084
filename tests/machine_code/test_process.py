"""Settings of the whole process: changed by the first holder, restored by the last, in any order."""

import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Event, Thread

import pytest

import audiograph
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


def test_graphs_that_are_loaded_and_refused_in_threads_leave_the_collector_on():
    good = "nodes: {t: {use: tone, length: 1 s}}\noutput: t"
    seen, barrier = list[bool](), Barrier(8)

    def work(number):
        barrier.wait()
        for turn in range(15):
            with suppress(audiograph.GraphError):
                audiograph.load(good.replace("1 s", "1 kHz") if (turn + number) % 2 else good)
            seen.append(gc.isenabled())  # off where another thread is loading

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(seen) == 120 and gc.isenabled()


def test_a_hold_that_is_let_go_in_another_thread_is_let_go():
    hold = paused_collector()
    hold.__enter__()
    other = Thread(target=hold.__exit__, args=(None, None, None))
    other.start()
    other.join()
    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_does_not_inherit_what_other_threads_hold():
    inside, leave = Event(), Event()

    def hold():
        with paused_collector(), short_turns():
            inside.set()
            leave.wait()

    before, thread = sys.getswitchinterval(), Thread(target=hold)
    thread.start()
    inside.wait()
    child = os.fork()
    if not child:
        held = gc.isenabled() and sys.getswitchinterval() == before
        with paused_collector():
            held = held and not gc.isenabled()
        os._exit(0 if held and gc.isenabled() else 1)
    _, status = os.waitpid(child, 0)
    leave.set()
    thread.join()
    assert status == 0 and gc.isenabled()


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
