// Keeps what a page changes until the server has confirmed it, and knows of each thing what the server held last.
// It knows nothing of the page: it dispatches "change" after every step, and `state()` says all that can be shown.
// What a change is, a subclass says: `bodyOf(key, value)`, `same(one, other)` and `valueOf(current)`, the value in
// the server's words.

import { Outbox } from "./outbox.js";
import { meaningOf, postChange } from "./post.js";
import { t } from "./texts.js";
import { Unsent } from "./unsent.js";

/** 128 random bits; made here, so that a duplicated or restored page never counts on under another's id. */
export function newPageId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class SaveQueue extends EventTarget {
  #outbox;
  #unsent;
  #conflicts = new Map();
  #refused = new Map();
  #confirmed = new Map();
  #revisions = new Map();
  #saved = null;

  /** `name` is under what the tab remembers the unsent changes. */
  constructor({ url, token, name = url }) {
    super();
    this.url = url;
    this.token = token;
    this.page = newPageId();
    this.#outbox = new Outbox({ deliver: (change) => this.#deliver(change), stepped: () => this.changed() });
    this.#unsent = new Unsent(name);
    // What still waits for a pause in typing goes while the page is there.
    document.addEventListener("visibilitychange", () => document.hidden && this.flush());
    window.addEventListener("pagehide", () => this.flush());
  }

  /** Tell what the server held when the page was made. */
  know(key, value, revision) {
    this.#confirmed.set(key, value);
    this.#revisions.set(key, revision);
  }

  /** Tell what the server holds now; true if that is newer than what this page knew, which has not changed it. */
  learn(key, value, revision) {
    const isNews = !this.#keysUnsaved().has(key) && revision > this.#revisionOf(key);
    if (isNews) {
      this.know(key, value, revision);
    }
    return isNews;
  }

  /** Send what an earlier page in this tab could not, on the base that it knew, and return it by key. */
  takeUp() {
    const left = this.#unsent.read().filter(({ key, value }) => !this.same(this.#confirmed.get(key), value));
    for (const { key, value, base } of left) {
      this.#confirmed.delete(key);
      this.#revisions.set(key, base);
      this.#outbox.put(key, value, 0);
    }
    this.changed();
    return new Map(left.map(({ key, value }) => [key, value]));
  }

  /** Keep a change; it replaces one of the same thing that has not been sent. A conflict is not decided by it. */
  put(key, value, pause) {
    if (this.#conflicts.has(key)) {
      this.#amend(key, value);
      return;
    }
    this.#refused.delete(key);
    if (this.#outbox.sending !== key && this.same(this.#confirmed.get(key), value)) {
      this.#outbox.take(key);
    } else {
      this.#outbox.put(key, value, pause);
    }
    this.changed();
  }

  /** Forget a change that has not been sent, because the coder is still choosing. */
  withdraw(key) {
    this.#outbox.take(key);
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

  /** Take one's own side of a conflict, and send it over the server's. */
  insist(key) {
    const { mine } = this.#conflicts.get(key);
    this.#conflicts.delete(key);
    this.put(key, mine, 0);
    return mine;
  }

  /** Send what waits now; resolves when nothing is left or something stands in the way. */
  flush() {
    return this.#outbox.flush();
  }

  /** Try again at once. */
  retry() {
    this.#outbox.retry();
    this.changed();
  }

  state() {
    const { waiting, sending, failing, stopped } = this.#outbox;
    const conflicts = new Map(this.#conflicts);
    return { waiting, sending, failing, stopped, conflicts, refused: new Map(this.#refused), saved: this.#saved };
  }

  get unsaved() {
    return this.#keysUnsaved().size > 0;
  }

  changed() {
    this.#unsent.keep(this.#listUnsent());
    this.dispatchEvent(new Event("change"));
  }

  /** A change was confirmed, and this is what the server said. */
  wasSaved() {}

  #revisionOf(key) {
    return this.#revisions.get(key) ?? 0;
  }

  #keysUnsaved() {
    const sent = this.#outbox.changes.map(({ key }) => key);
    return new Set([...sent, ...this.#conflicts.keys(), ...this.#refused.keys()]);
  }

  /** What a page opened after this one would have to send; what was refused would be refused again. */
  #listUnsent() {
    const sent = this.#outbox.changes.map(({ key, value }) => ({ key, value, base: this.#revisionOf(key) }));
    const torn = [...this.#conflicts].map(([key, { mine, base }]) => ({ key, value: mine, base }));
    return [...sent, ...torn];
  }

  #amend(key, mine) {
    if (this.same(this.#conflicts.get(key).theirs, mine)) {
      this.accept(key);
    } else {
      this.#conflicts.set(key, { ...this.#conflicts.get(key), mine });
      this.changed();
    }
  }

  async #deliver(change) {
    const { key, value, sequence } = change;
    // From here until the answer nobody can say what the server holds.
    this.#confirmed.delete(key);
    const told = { sequence, page: this.page, base: this.#revisionOf(key) };
    const reply = await postChange(this.url, this.token, { ...this.bodyOf(key, value), ...told });
    const meaning = meaningOf(reply);
    if (meaning === "saved") {
      this.#settleSaved(change, reply.data);
    } else if (meaning === "torn") {
      this.#settleTorn(change, reply.data);
    } else if (meaning === "refused") {
      this.#settleRefused(change, reply.data);
    }
    return meaning === "stopped" ? { stopped: reply.data.message ?? t("You are signed out.") } : meaning;
  }

  #settleSaved({ key, value }, data) {
    this.know(key, value, data.revision);
    this.#saved = { at: data.saved, order: performance.now() };
    this.wasSaved(data);
  }

  #settleTorn(change, { current }) {
    const mine = this.#outbox.take(change.key) ?? change;
    const theirs = this.valueOf(current);
    const base = this.#revisionOf(change.key);
    this.#revisions.set(change.key, current.revision);
    if (this.same(mine.value, theirs)) {
      // Both pages say the same: sending it on the newer base confirms it.
      this.#outbox.putBack(mine);
    } else {
      this.#conflicts.set(change.key, { theirs, mine: mine.value, base });
    }
  }

  #settleRefused({ key }, data) {
    if (!this.#outbox.waiting.includes(key)) {
      this.#refused.set(key, data.message ?? t("The server did not accept it."));
    }
  }
}
