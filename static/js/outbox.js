// Changes on their way, one at a time and in order, each until something has become of it.

const PAUSE_MS = 250;
// Who types without a pause has lost no more than this when the computer stops.
const LONGEST_WAIT_MS = 5000;
const RETRY_MS = [1000, 2000, 5000, 10000];

export class Outbox {
  #deliver;
  #stepped;
  #waiting = new Map();
  #sending = null;
  #sequence = 0;
  #timer = null;
  #failures = 0;
  #stopped = null;

  /**
   * `deliver(change)` sends one and resolves to what it meant: "failed" where it may be sent again, { stopped: why }
   * where that helps only after the coder did something, and anything else where it need not be sent any more.
   * `stepped()` is called whenever one has gone and whenever something has become of it.
   */
  constructor({ deliver, stepped }) {
    this.#deliver = deliver;
    this.#stepped = stepped;
  }

  get waiting() {
    return [...this.#waiting.keys()];
  }

  get sending() {
    return this.#sending?.key ?? null;
  }

  get failing() {
    return this.#failures > 0;
  }

  get stopped() {
    return this.#stopped;
  }

  /** All that is not delivered, the newest of each key, in the order of sending. */
  get changes() {
    const sending = this.#sending ? [[this.#sending.key, this.#sending]] : [];
    return [...new Map([...sending, ...this.#waiting]).values()];
  }

  /** Keep a change; it replaces one of the same key that has not been sent. */
  put(key, value, pause = PAUSE_MS) {
    const since = this.#waiting.get(key)?.since ?? Date.now();
    this.#waiting.delete(key);
    this.#sequence += 1;
    const ready = Math.min(Date.now() + pause, since + LONGEST_WAIT_MS);
    this.#waiting.set(key, { key, value, sequence: this.#sequence, since, ready });
    if (!this.failing && !this.#stopped) {
      this.#goOn();
    }
  }

  /** Take out what has not been sent of a key. */
  take(key) {
    const change = this.#waiting.get(key);
    this.#waiting.delete(key);
    return change;
  }

  /** What need be sent again goes to the head of the line, unless something later replaced it. */
  putBack(change) {
    if (!this.#waiting.has(change.key)) {
      this.#waiting = new Map([[change.key, change], ...this.#waiting]);
    }
  }

  /** Send what waits now; resolves when nothing is left or something stands in the way. */
  async flush() {
    while (this.#sending || (this.#waiting.size && !this.failing && !this.#stopped)) {
      await (this.#sending?.done ?? this.#send());
    }
  }

  /** Try again at once. */
  retry() {
    this.#stopped = null;
    this.#schedule(0);
  }

  #schedule(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), wait);
  }

  #send() {
    clearTimeout(this.#timer);
    if (this.#sending || this.#stopped || this.#waiting.size === 0) {
      return Promise.resolve();
    }
    const [change] = this.#waiting.values();
    this.#waiting.delete(change.key);
    const done = this.#deliver(change).then((became) => this.#settle(change, became));
    this.#sending = { ...change, done };
    this.#stepped();
    return done;
  }

  #settle(change, became) {
    this.#sending = null;
    this.#failures = became === "failed" ? this.#failures + 1 : 0;
    this.#stopped = became.stopped ?? null;
    if (this.failing || this.#stopped) {
      this.putBack(change);
    }
    this.#goOn();
    this.#stepped();
  }

  #goOn() {
    if (this.#waiting.size === 0 || this.#stopped) {
      return;
    }
    const [next] = this.#waiting.values();
    const backOff = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1];
    this.#schedule(this.failing ? backOff : Math.max(0, next.ready - Date.now()));
  }
}
