// One coder's listening to one recording: what was heard, where it stands, and that server and tab know of it.

import { Listener, shareHeard, unite } from "./heard.js";
import { HeardReport, sayHeard } from "./heard-report.js";
import { Place } from "./place.js";

const KEEP_EVERY_MS = 1000;

export class Hearing extends EventTarget {
  #ms;
  #place;
  #where;
  #since;
  #keptAt = 0;

  /** `where` returns { position, speed } as they stand; `data` is what the page says of the recording. */
  constructor(data, where) {
    super();
    this.#ms = Math.round(Number(data.duration) * 1000);
    this.#where = where;
    this.#place = new Place(data.place);
    const known = data.known ? JSON.parse(data.known) : null;
    const kept = this.#place.read();
    const unsent = kept.unsent ?? [];
    this.stretches = unite([...(known?.stretches ?? []), ...unsent], this.#ms);
    const toldSince = known ? Date.now() - known.ago : 0;
    // The newer of what the server knows, from any device, and what this tab could not tell it.
    const own = kept.since > toldSince;
    this.#since = own ? kept.since : toldSince;
    this.last = own ? kept : { position: (known?.position ?? 0) / 1000, speed: known?.speed ?? 1 };
    this.listener = new Listener((start, end) => this.#add(start, end));
    const { heardUrl: url, token } = data;
    const now = () => ({ ...where(), since: this.#since });
    this.report = new HeardReport({ url, token, duration: this.#ms, unsent, where: now, toldSince });
  }

  start() {
    this.report.addEventListener("settled", (event) => this.#onSettled(event.detail));
    this.report.start();
    window.addEventListener("pagehide", () => this.#keep());
  }

  /** How much was heard between two moments, in words. */
  describe(start, end) {
    return sayHeard(shareHeard(this.stretches, start * 1000, end * 1000), this.report.failures);
  }

  /** It stands elsewhere, or plays at another speed. */
  moved() {
    this.#since = Date.now();
    this.#keep();
  }

  /** It plays on. */
  played() {
    this.#since = Date.now();
    if (Date.now() - this.#keptAt > KEEP_EVERY_MS) {
      this.#keep();
    }
  }

  #add(start, end) {
    this.stretches = unite([...this.stretches, [start, end]], this.#ms);
    this.report.add(start, end);
  }

  #onSettled({ heard, message }) {
    this.stretches = unite([...this.stretches, ...heard], this.#ms);
    this.#keep();
    this.dispatchEvent(new CustomEvent("settled", { detail: message }));
  }

  #keep() {
    this.#keptAt = Date.now();
    this.#place.keep({ ...this.#where(), since: this.#since, unsent: this.report.unsent });
  }
}
