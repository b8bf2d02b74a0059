const LOOK_EVERY_MS = 200;
const NEAR_MS = 5;

/** Meets the ends of loops and parts by a timer of its own: time updates come four times a second at best. */
export class Stops {
  #timer = null;

  /** `left()` is how many milliseconds are left to play until the next stop, null where there is none. */
  constructor({ left, reached }) {
    this.left = left;
    this.reached = reached;
  }

  /** Look again: playing, its place or the stops themselves have changed. */
  watch() {
    window.clearTimeout(this.#timer);
    const left = this.left();
    if (left === null) {
      return;
    }
    if (left > NEAR_MS) {
      this.#timer = window.setTimeout(() => this.watch(), Math.min(left, LOOK_EVERY_MS));
    } else {
      this.reached();
    }
  }
}
