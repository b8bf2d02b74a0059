const SHORTEST_SECONDS = 0.5;

/** A stretch that plays again and again: marked by one press at its beginning, one at its end, a third to end it. */
export class Loop {
  from = null;
  to = null;

  get marking() {
    return this.from !== null && this.to === null;
  }

  get on() {
    return this.to !== null;
  }

  press(seconds) {
    if (this.on) {
      this.clear();
    } else if (this.from === null) {
      this.from = seconds;
    } else if (Math.abs(seconds - this.from) >= SHORTEST_SECONDS) {
      [this.from, this.to] = [Math.min(this.from, seconds), Math.max(this.from, seconds)];
    }
  }

  clear() {
    this.from = this.to = null;
  }

  holds(seconds) {
    return this.on && seconds >= this.from && seconds <= this.to;
  }
}
