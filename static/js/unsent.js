/**
 * Remembers in this tab the changes that the server has not confirmed, so that a reload or a crash loses none.
 * The name holds the random id of an assignment, which is one coder's: no page of another person reads it.
 */
export class Unsent {
  #kept = null;

  constructor(name) {
    this.key = `coder_app:unsent:${name}`;
  }

  /** The changes as they were kept, each with its key, its value and the revision that it began from. */
  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) ?? [];
    } catch {
      return [];
    }
  }

  keep(changes) {
    const kept = JSON.stringify(changes);
    if (kept === this.#kept) {
      return;
    }
    this.#kept = kept;
    try {
      if (changes.length) {
        sessionStorage.setItem(this.key, kept);
      } else {
        sessionStorage.removeItem(this.key);
      }
    } catch {
      // A browser that keeps nothing still has them in the page, and warns before it is left.
    }
  }
}
