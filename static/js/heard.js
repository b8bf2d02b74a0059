// What was heard: stretches in milliseconds, united as the server unites them.

const JOINED_MS = 1000;

/** Put stretches in order and apart; up to a second between two, or between one and an end, counts as heard. */
export function unite(stretches, duration) {
  const united = [];
  for (const [start, end] of [...stretches].sort((one, other) => one[0] - other[0] || one[1] - other[1])) {
    const before = united.at(-1);
    if (before && start - before[1] <= JOINED_MS) {
      before[1] = Math.max(before[1], end);
    } else {
      united.push([start > JOINED_MS ? start : 0, end]);
    }
  }
  if (united.length && duration - united.at(-1)[1] <= JOINED_MS) {
    united.at(-1)[1] = duration;
  }
  return united;
}

/** The share, 0 to 1, of the time from `start` to `end` that lies in united stretches. */
export function shareHeard(stretches, start, end) {
  const parts = stretches.map((one) => Math.max(0, Math.min(one[1], end) - Math.max(one[0], start)));
  return parts.reduce((sum, part) => sum + part, 0) / (end - start);
}

/** Follows a playing position: what it passes through was heard, what it jumps over was not. */
export class Listener {
  #last = null;

  constructor(onHeard) {
    this.onHeard = onHeard;
  }

  /** Playing goes on from here, if it has not been followed already. */
  start(seconds) {
    this.#last ??= seconds;
  }

  /** Playing has come here. */
  reach(seconds) {
    if (this.#last !== null && seconds > this.#last) {
      this.onHeard(Math.round(this.#last * 1000), Math.round(seconds * 1000));
      this.#last = seconds;
    }
  }

  /** Playing has stopped, or goes on elsewhere. */
  stop() {
    this.#last = null;
  }
}
