"""Who may write next, and which SQLite may keep a write-ahead log."""

import threading
import time
from types import SimpleNamespace

import pytest

from coder_app.db import FairLock, wal_is_safe


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_a_write_ahead_log_is_used_only_where_the_reset_bug_is_fixed(version, safe):
    assert wal_is_safe(version) is safe


def wait_until(holds) -> None:
    for _ in range(5000):
        if holds():
            return
        time.sleep(0.001)
    raise AssertionError("it never came to that")


class Queue:
    """Threads that ask for a lock one after the other, each when the one before is known to wait."""

    def __init__(self) -> None:
        self.lock = FairLock()
        self.granted: list[int] = []
        self.together = 0
        self.threads: list[threading.Thread] = []

    def ask(self, number: int) -> None:
        waiting = len(self.lock._waiting)
        thread = threading.Thread(target=self._hold, args=(number,), daemon=True)
        thread.start()
        self.threads.append(thread)
        wait_until(lambda: len(self.lock._waiting) > waiting)

    def end(self) -> None:
        for thread in self.threads:
            thread.join(5)
        assert not any(thread.is_alive() for thread in self.threads)

    def _hold(self, number: int) -> None:
        with self.lock.held():
            self.together += 1
            assert self.together == 1
            self.granted.append(number)
            self.together -= 1


def test_the_lock_is_granted_in_the_order_of_asking():
    queue = Queue()
    with queue.lock.held():
        for number in range(20):
            queue.ask(number)
        assert queue.granted == []
    queue.end()
    assert queue.granted == list(range(20))


def test_a_block_that_raises_lets_the_next_one_in():
    queue = Queue()
    with pytest.raises(ZeroDivisionError), queue.lock.held():
        queue.ask(1 // len(queue.granted))
    with queue.lock.held():
        queue.ask(1)
    queue.end()
    assert queue.granted == [1]
    with queue.lock.held():
        pass


@pytest.mark.parametrize("handed_over", [False, True])
def test_whoever_is_interrupted_while_waiting_does_not_stop_the_others(monkeypatch, handed_over):
    """Ctrl+C can come before the lock is handed over and after it."""
    queue = Queue()
    interrupted: list[bool] = []

    class Interrupted(threading.Event):
        def wait(self, timeout=None):
            if handed_over:
                super().wait(5)
            else:
                ask_to_go_on.wait(5)
            raise KeyboardInterrupt

    ask_to_go_on = threading.Event()

    def be_interrupted() -> None:
        try:
            with queue.lock.held():
                raise AssertionError("the lock was granted to a thread that had been interrupted")
        except KeyboardInterrupt:
            interrupted.append(True)

    with queue.lock.held():
        monkeypatch.setattr("coder_app.db.threading", SimpleNamespace(Event=Interrupted))
        thread = threading.Thread(target=be_interrupted, daemon=True)
        thread.start()
        wait_until(lambda: queue.lock._waiting)
        monkeypatch.undo()
        queue.ask(2)
        if not handed_over:
            ask_to_go_on.set()
            thread.join(5)
    thread.join(5)
    queue.end()
    assert interrupted and queue.granted == [2]
    with queue.lock.held():
        queue.ask(3)
    queue.end()
    assert queue.granted == [2, 3]
