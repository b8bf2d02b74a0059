// Sends ratings one at a time, in order, until the server has confirmed each. It knows nothing of the page:
// it dispatches "change" after every step, and `state()` says all that can be shown.

import { postRating } from "./post-rating.js";

const PAUSE_MS = 250;
const RETRY_MS = [1000, 2000, 5000, 10000];

/** 128 random bits; made here, so that a duplicated or restored page never counts on under another's id. */
export function newPageId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function sameAnswer(one, other) {
  return Boolean(one && other) && one.score === other.score && one.reason === other.reason;
}

export class SaveQueue extends EventTarget {
  #waiting = new Map();
  #conflicts = new Map();
  #refused = new Map();
  #confirmed = new Map();
  #revisions = new Map();
  #sequence = 0;
  #sending = null;
  #timer = null;
  #failures = 0;
  #stopped = null;
  #savedAt = null;
  #count;

  constructor({ url, token, count }) {
    super();
    this.#count = count;
    this.url = url;
    this.token = token;
    this.page = newPageId();
  }

  /** Tell what the server held when the page was made. */
  know(item, answer, revision) {
    this.#confirmed.set(item, answer);
    this.#revisions.set(item, revision);
  }

  /** Keep a change; it replaces one of the same item that has not been sent. */
  put(item, answer) {
    this.#waiting.delete(item);
    this.#conflicts.delete(item);
    this.#refused.delete(item);
    if (this.#sending?.item !== item && sameAnswer(this.#confirmed.get(item), answer)) {
      this.#changed();
      return;
    }
    this.#sequence += 1;
    this.#waiting.set(item, { item, ...answer, sequence: this.#sequence, ready: Date.now() + PAUSE_MS });
    if (this.#failures === 0 && !this.#stopped) {
      this.#schedule(PAUSE_MS);
    }
    this.#changed();
  }

  /** Forget a change that has not been sent, because the coder is still choosing. */
  withdraw(item) {
    this.#waiting.delete(item);
    this.#changed();
  }

  /** Take the server's side of a conflict. */
  accept(item) {
    const { current } = this.#conflicts.get(item);
    this.#conflicts.delete(item);
    this.#confirmed.set(item, { score: current.score, reason: current.reason });
    this.#changed();
    return current;
  }

  /** Send what waits now; resolves when nothing is left or something stands in the way. */
  async flush() {
    while (this.#sending || (this.#waiting.size && this.#failures === 0 && !this.#stopped)) {
      await (this.#sending?.done ?? this.#send());
    }
  }

  /** Try again at once, under a new token if the coder signed in again. */
  retry(token) {
    this.token = token ?? this.token;
    this.#stopped = null;
    this.#schedule(0);
    this.#changed();
  }

  state() {
    return {
      waiting: [...this.#waiting.keys()],
      sending: this.#sending?.item ?? null,
      failing: this.#failures > 0,
      stopped: this.#stopped,
      conflicts: new Map(this.#conflicts),
      refused: new Map(this.#refused),
      savedAt: this.#savedAt,
      count: this.#count,
    };
  }

  get unsaved() {
    return Boolean(this.#waiting.size || this.#sending || this.#conflicts.size || this.#refused.size);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
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
    const change = this.#waiting.values().next().value;
    this.#waiting.delete(change.item);
    // From here until the answer nobody can say what the server holds.
    this.#confirmed.delete(change.item);
    const done = postRating(this.url, this.token, this.#bodyOf(change)).then((reply) => this.#settle(change, reply));
    this.#sending = { item: change.item, done };
    this.#changed();
    return done;
  }

  #bodyOf({ item, score, reason, sequence }) {
    return { item, score, reason, sequence, page: this.page, base: this.#revisions.get(item) ?? 0 };
  }

  #settle(change, { status, data }) {
    this.#sending = null;
    if (status === 200 && Number.isInteger(data.revision)) {
      this.#settleSaved(change, data);
    } else if ([400, 401, 403].includes(status)) {
      // Signed out, the token too old, or coding closed: sending again helps only after the coder did something.
      this.#stopped = data.message ?? "You are signed out.";
      this.#putBack(change);
    } else if (status === 409 && data.current) {
      this.#settleConflict(change, data);
    } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      this.#failures = 0;
      if (!this.#waiting.has(change.item)) {
        this.#refused.set(change.item, data.message ?? "The server did not accept it.");
      }
    } else {
      this.#failures += 1;
      this.#putBack(change);
    }
    this.#goOn();
    this.#changed();
  }

  #settleSaved(change, data) {
    this.#failures = 0;
    this.#revisions.set(change.item, data.revision);
    this.#confirmed.set(change.item, { score: change.score, reason: change.reason });
    this.#savedAt = data.saved;
    this.#count = { answered: data.answered, total: data.total };
  }

  #settleConflict(change, data) {
    const mine = this.#waiting.get(change.item) ?? change;
    this.#failures = 0;
    this.#waiting.delete(change.item);
    this.#revisions.set(change.item, data.current.revision);
    if (sameAnswer(mine, data.current)) {
      // Both pages say the same: sending it on the newer base confirms it.
      this.#putBack(mine);
    } else {
      this.#conflicts.set(change.item, { current: data.current, mine: { score: mine.score, reason: mine.reason } });
    }
  }

  /** A change that was not confirmed goes back to the head of the line, unless a later one replaced it. */
  #putBack(change) {
    if (!this.#waiting.has(change.item)) {
      this.#waiting = new Map([[change.item, change], ...this.#waiting]);
    }
  }

  #goOn() {
    if (this.#waiting.size === 0 || this.#stopped) {
      return;
    }
    const [next] = this.#waiting.values();
    const backOff = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1];
    this.#schedule(this.#failures ? backOff : Math.max(0, next.ready - Date.now()));
  }
}
