"""Coders at work over HTTP, as browsers are: each saves a rating every two seconds while its recording plays.

As a program it is told on standard input where, for how long and as whom; it prints every save that was
acknowledged, with the seconds that it took, and at the end how much sound was played.
"""

import json
import random
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parents[2]
EVERY_SECONDS = 2.0
SEEK_EVERY_SECONDS = 10.0
PATIENCE = 15
# Browsers load a page over six connections and keep them open.
CONNECTIONS = 6
ITEMS = tuple(f"cirs_{number:02d}" for number in range(1, 7))


@dataclass(frozen=True)
class Kept:
    """A save that the server has said it keeps; `seconds` from its sending to the whole answer."""

    assignment: str
    item: str
    score: int
    sequence: int
    revision: int
    seconds: float


@dataclass(frozen=True)
class Place:
    """One coder at one form: the page's address and the cookie of the sign-in."""

    page: str
    cookie: str
    bytes_per_second: float


class Crowd:
    """A process of its own with some coders at work."""

    def __init__(self, address: str, places: list[Place], seconds: float, seed: int) -> None:
        told = {"address": address, "places": [vars(place) for place in places]}
        told |= {"seconds": seconds, "seed": seed}
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ready\n"

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def begin(self) -> None:
        """Let them work."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self, within: float) -> tuple[list[Kept], dict[str, float]]:
        """Return what was acknowledged, and what else was counted, once all have stopped."""
        said, _ = self._process.communicate(timeout=within)
        assert self._process.returncode == 0
        *kept, counted = said.splitlines()
        return [Kept(**json.loads(line)) for line in kept], json.loads(counted)

    def kill(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        self._process.wait(30)


@dataclass
class _Coder:
    """One coder: saves on one connection, listens on another."""

    address: str
    place: Place
    ends: float
    drawn: random.Random
    kept: list[Kept] = field(default_factory=list)
    counted: dict[str, float] = field(default_factory=lambda: {"seconds": 0.0, "seeks": 0, "again": 0})

    def open(self) -> None:
        """Open the page: what the later requests need stands in it."""
        self.connections = [self._connect() for _ in range(CONNECTIONS)]
        status, page = self._ask(self.connections[0], "GET", self.place.page)
        assert status == 200, status
        text = page.decode()
        for connection, path in zip(
            self.connections[1:], re.findall(r'"(/static/[^"]+)"', text), strict=False
        ):
            assert self._ask(connection, "GET", path)[0] == 200, path
        self.token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', text)[1]
        self.audio = re.search(r'<audio[^>]* src="([^"]+)"', text)[1]
        self.page_id = f"{self.drawn.getrandbits(128):032x}"

    def save(self) -> None:
        """Save item after item until the time is over; without an answer the same again."""
        connection, revisions = self.connections[0], dict.fromkeys(ITEMS, 0)
        sequence, due = 0, time.monotonic() + self.drawn.uniform(0, EVERY_SECONDS)
        while due < self.ends:
            time.sleep(max(0.0, due - time.monotonic()))
            sequence += 1
            item, score = ITEMS[sequence % len(ITEMS)], self.drawn.randrange(6)
            change = {"item": item, "score": score, "reason": None, "segment": 0}
            change |= {"page": self.page_id, "sequence": sequence, "base": revisions[item]}
            begun = time.perf_counter()
            reply = self._post(connection, f"{self.place.page}/ratings", change)
            took = time.perf_counter() - begun
            revisions[item] = reply["revision"]
            assignment = self.place.page.rpartition("/")[2]
            self.kept.append(Kept(assignment, item, score, sequence, reply["revision"], took))
            due += EVERY_SECONDS

    def listen(self) -> None:
        """Play at normal speed, seek now and then, and tell the server what was heard, as the page does."""
        connection, length = self.connections[1], None
        time.sleep(self.drawn.uniform(0, EVERY_SECONDS))
        while time.monotonic() < self.ends:
            place = 0 if length is None else self.drawn.randrange(length)
            self.counted["seeks"] += 1
            seek_at = min(self.ends, time.monotonic() + self.drawn.uniform(0.5, 1.5) * SEEK_EVERY_SECONDS)
            played_from, got, begun = place, 0, time.monotonic()
            while (now := time.monotonic()) < seek_at:
                played = (now - begun) * self.place.bytes_per_second
                # A browser asks for more when a few seconds are left of what it has.
                if got - played < 5 * self.place.bytes_per_second and (length is None or place < length):
                    total, n_bytes = self._range(connection, place)
                    length, place, got = total, place + n_bytes, got + n_bytes
                time.sleep(min(0.5, max(0.0, seek_at - time.monotonic())))
            self._tell_heard(connection, played_from, time.monotonic() - begun)

    def _range(self, connection: HTTPConnection, start: int) -> tuple[int, int]:
        headers = {"Cookie": self.place.cookie, "Range": f"bytes={start}-"}
        connection.request("GET", self.audio, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 206, answer.status
        return int(answer.headers["Content-Range"].rpartition("/")[2]), len(body)

    def _tell_heard(self, connection: HTTPConnection, start: int, seconds: float) -> None:
        begun = int(start / self.place.bytes_per_second * 1000)
        report = {"stretches": [[begun, begun + int(seconds * 1000)]], "position_ms": begun}
        self._post(connection, f"{self.place.page}/heard", report | {"speed": 1, "ago_ms": 0})
        self.counted["seconds"] += seconds

    def _post(self, connection: HTTPConnection, path: str, sent: dict) -> dict:
        while True:
            try:
                status, body = self._ask(connection, "POST", path, json.dumps(sent))
            except (OSError, HTTPException):
                connection.close()
                self.counted["again"] += 1
                time.sleep(1)
                continue
            assert status in (200, 422), (status, body[:200])
            return json.loads(body)

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, body: str | None = None
    ) -> tuple[int, bytes]:
        headers = {"Cookie": self.place.cookie}
        if body is not None:
            headers |= {"Content-Type": "application/json", "X-CSRF-Token": self.token}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def _connect(self) -> HTTPConnection:
        return HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE)

    def close(self) -> None:
        """Close the page."""
        for connection in self.connections:
            connection.close()


def main() -> None:
    """Work for as long as standard input says, and print what came of it."""
    told = json.loads(sys.stdin.readline())
    drawn = random.Random(told["seed"])
    coders = [
        _Coder(told["address"], Place(**place), 0.0, random.Random(drawn.random()))
        for place in told["places"]
    ]
    for coder in coders:
        coder.open()
    print("ready", flush=True)
    sys.stdin.readline()
    errors: list[BaseException] = []
    threads = [
        threading.Thread(target=_run, args=(work, errors), daemon=True)
        for coder in coders
        for work in (coder.save, coder.listen)
    ]
    ends = time.monotonic() + told["seconds"]
    for coder in coders:
        coder.ends = ends
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    for coder in coders:
        coder.close()
        for one in coder.kept:
            print(json.dumps(vars(one)))
    counted = [coder.counted for coder in coders]
    print(json.dumps({name: sum(one[name] for one in counted) for name in counted[0]}))


def _run(work, errors: list[BaseException]) -> None:
    try:
        work()
    except BaseException as error:
        errors.append(error)


if __name__ == "__main__":
    main()
