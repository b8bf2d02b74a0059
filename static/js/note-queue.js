// Notes on their way: keyed by the id that the page drew, each with its time, item and words, or removed.

import { SaveQueue } from "./save-queue.js";

const PAUSE_MS = 1000;

export class NoteQueue extends SaveQueue {
  /** Keep a note as it is typed. */
  put(id, note, pause = PAUSE_MS) {
    super.put(id, note, pause);
  }

  bodyOf(id, { item, atMs, text, removed }) {
    return { note: id, item, at_ms: atMs, text: removed ? "" : text, removed };
  }

  same(one, other) {
    if (!one || !other || one.removed !== other.removed) {
      return false;
    }
    return one.removed || (one.item === other.item && one.atMs === other.atMs && one.text === other.text);
  }

  valueOf({ item, at_ms, text, removed }) {
    return { item, atMs: at_ms, text, removed };
  }
}
