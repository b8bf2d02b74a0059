// Sends changes one at a time, in order, until the server has confirmed each. It knows nothing of the page:
// it dispatches "change" after every step, and `state()` says all that can be shown. What a change is, a subclass
// says: `bodyOf(key, value)`, `same(one, other)` and `valueOf(current)`, the value in the server's words.

import { postChange } from "./post.js";
import { t } from "./texts.js";

const PAUSE_MS = 250;
// Who types without a pause has lost no more than this when the computer stops.
const LONGEST_WAIT_MS = 5000;
const RETRY_MS = [1000, 2000, 5000, 10000];

/** 128 random bits; made here, so that a duplicated or restored page never counts on under another's id. */
export function newPageId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
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
  #saved = null;

  constructor({ url, token }) {
    super();
    this.url = url;
    this.token = token;
    this.page = newPageId();
  }

  /** Tell what the server held when the page was made. */
  know(key, value, revision) {
    this.#confirmed.set(key, value);
    this.#revisions.set(key, revision);
  }

  /** Keep a change; it replaces one of the same thing that has not been sent. */
  put(key, value, pause = PAUSE_MS) {
    const since = this.#waiting.get(key)?.since ?? Date.now();
    this.#waiting.delete(key);
    this.#conflicts.delete(key);
    this.#refused.delete(key);
    if (this.#sending?.key !== key && this.same(this.#confirmed.get(key), value)) {
      this.changed();
      return;
    }
    this.#sequence += 1;
    const ready = Math.min(Date.now() + pause, since + LONGEST_WAIT_MS);
    this.#waiting.set(key, { key, value, sequence: this.#sequence, since, ready });
    if (this.#failures === 0 && !this.#stopped) {
      this.#goOn();
    }
    this.changed();
  }

  /** Forget a change that has not been sent, because the coder is still choosing. */
  withdraw(key) {
    this.#waiting.delete(key);
    this.changed();
  }

  /** Take the server's side of a conflict. */
  accept(key) {
    const { theirs } = this.#conflicts.get(key);
    this.#conflicts.delete(key);
    this.#confirmed.set(key, theirs);
    this.changed();
    return theirs;
  }

  /** Change one's own side of a conflict, which the coder has still to decide. */
  amend(key, mine) {
    this.#conflicts.set(key, { ...this.#conflicts.get(key), mine });
    this.changed();
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
    this.changed();
  }

  state() {
    return {
      waiting: [...this.#waiting.keys()],
      sending: this.#sending?.key ?? null,
      failing: this.#failures > 0,
      stopped: this.#stopped,
      conflicts: new Map(this.#conflicts),
      refused: new Map(this.#refused),
      saved: this.#saved,
    };
  }

  get unsaved() {
    return Boolean(this.#waiting.size || this.#sending || this.#conflicts.size || this.#refused.size);
  }

  changed() {
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
    this.#waiting.delete(change.key);
    // From here until the answer nobody can say what the server holds.
    this.#confirmed.delete(change.key);
    const done = postChange(this.url, this.token, this.#bodyOf(change)).then((reply) => this.#settle(change, reply));
    this.#sending = { key: change.key, done };
    this.changed();
    return done;
  }

  #bodyOf({ key, value, sequence }) {
    return { ...this.bodyOf(key, value), sequence, page: this.page, base: this.#revisions.get(key) ?? 0 };
  }

  #settle(change, { status, data }) {
    this.#sending = null;
    if (status === 200 && Number.isInteger(data.revision)) {
      this.#settleSaved(change, data);
    } else if ([400, 401, 403].includes(status)) {
      // Signed out, the token too old, or coding closed: sending again helps only after the coder did something.
      this.#stopped = data.message ?? t("You are signed out.");
      this.#putBack(change);
    } else if (status === 409 && data.current) {
      this.#settleConflict(change, data);
    } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      this.#failures = 0;
      if (!this.#waiting.has(change.key)) {
        this.#refused.set(change.key, data.message ?? t("The server did not accept it."));
      }
    } else {
      this.#failures += 1;
      this.#putBack(change);
    }
    this.#goOn();
    this.changed();
  }

  #settleSaved(change, data) {
    this.#failures = 0;
    this.#revisions.set(change.key, data.revision);
    this.#confirmed.set(change.key, change.value);
    this.#saved = { at: data.saved, order: performance.now() };
    this.wasSaved(data);
  }

  /** A change was confirmed, and this is what the server said. */
  wasSaved() {}

  #settleConflict(change, data) {
    const mine = this.#waiting.get(change.key) ?? change;
    const theirs = this.valueOf(data.current);
    this.#failures = 0;
    this.#waiting.delete(change.key);
    this.#revisions.set(change.key, data.current.revision);
    if (this.same(mine.value, theirs)) {
      // Both pages say the same: sending it on the newer base confirms it.
      this.#putBack(mine);
    } else {
      this.#conflicts.set(change.key, { theirs, mine: mine.value });
    }
  }

  /** A change that was not confirmed goes back to the head of the line, unless a later one replaced it. */
  #putBack(change) {
    if (!this.#waiting.has(change.key)) {
      this.#waiting = new Map([[change.key, change], ...this.#waiting]);
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
