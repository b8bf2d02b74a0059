"""The demo's coders at work: each opens the own queue, listens, rates every item, and submits."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from coder_app.audio.store import Store
from coder_app.demo.hearing import Hearing, draw_hearing
from coder_app.demo.listening import Memory
from coder_app.demo.office import Office
from coder_app.demo.ratings import Coders
from coder_app.demo.recordings import SourceRecording
from coder_app.demo.stamp import DemoError
from coder_app.domain.heard import Fault
from coder_app.domain.instruments import bundled_instruments
from coder_app.domain.rating import Change
from coder_app.services import assignment, listening, rating, submission
from coder_app.services.actor import Actor
from coder_app.services.queue import QueuedAssignment, list_queue

SECONDS_AN_ITEM = 25
MINUTES_BETWEEN_CODERS = 40

# How many of a form's items the coder answers, by the form's place in the queue (from 0); None: not begun.
Share = Callable[[int, int], int | None]


def answer_all(place: int, n_items: int) -> int | None:
    """Rate every item of every form."""
    return n_items


def begin_only(place: int, n_items: int) -> int | None:
    """Rate the first form, begin the second, leave the rest."""
    return {0: n_items, 1: n_items // 2}.get(place)


class Room:
    """Where the coders of one study work."""

    def __init__(self, office: Office, memory: Memory, coders: Coders) -> None:
        self._office, self._memory, self._coders = office, memory, coders
        self._store = Store(office.settings.store_dir)
        self._instruments = bundled_instruments()

    def work(self, actors: Mapping[str, Actor], share: Share) -> None:
        """Let the coders, by name, do their share of their queues: one form a day each."""
        database, clock = self._office.database, self._office.clock
        with database.read() as db:
            queues = {
                name: [one for one in list_queue(db, actor) if one.state != "submitted"]
                for name, actor in actors.items()
            }
        n_days = max(map(len, queues.values()))
        for day in range(n_days):
            self._office.tell(f"Rating: day {day + 1} of {n_days}")
            morning = clock.now
            # One transaction a day: each commit waits for the disk.
            with database.write() as db:
                for name, queue in queues.items():
                    if day < len(queue) and (count := share(day, queue[day].n_items)) is not None:
                        clock.move(minutes=MINUTES_BETWEEN_CODERS)
                        self._rate(db, actors[name], name, queue[day], count)
            clock.now = morning
            clock.move(days=1)

    def _rate(self, db: Session, coder: Actor, name: str, queued: QueuedAssignment, count: int) -> None:
        """Listen, and answer the first items of a form; submit it when these were all."""
        source = self._recognise(db, coder, queued.public_id)
        items = self._instruments[queued.instrument].items
        hearing = draw_hearing(name, source.dyad, source.session, self._coders.seed)
        self._listen(db, coder, queued, hearing if count == len(items) else replace(hearing, share=0.4))
        page = self._office.tools.token_hex()
        for number, item in enumerate(items[:count], start=1):
            self._office.clock.move(seconds=SECONDS_AN_ITEM)
            judged = self._coders.judge(name, source.dyad, source.session, item.code)
            change = Change(item.code, judged.score, judged.reason, page, number, base=0)
            saved = rating.save(db, coder, queued.public_id, change)
            if not isinstance(saved, rating.Saved):
                raise DemoError(f"{name} could not rate {item.label}: {saved}")
        if count == len(items):
            submission.submit(db, coder, queued.public_id, hearing.why_less)

    def _listen(self, db: Session, coder: Actor, queued: QueuedAssignment, hearing: Hearing) -> None:
        self._office.clock.move(seconds=hearing.seconds(queued.duration))
        report = hearing.report(round(queued.duration * 1000))
        if isinstance(listening.record(db, coder, queued.public_id, report), Fault):
            raise DemoError(f"{coder.viewer.name} could not listen to {queued.mask}")

    def _recognise(self, db: Session, coder: Actor, public_id: str) -> SourceRecording:
        audio = assignment.get_audio(db, coder, public_id)
        return self._memory.recognise(self._store.peaks(audio.storage_name))
