// Tells the server what was heard. A report that is lost or late is harmless: it is united with the rest.

import { unite } from "./heard.js";
import { number, t } from "./texts.js";

const REPORT_EVERY_MS = 10_000;
const TIMEOUT_MS = 15_000;
const LONGEST_AGO_MS = 2 ** 31 - 1;

/**
 * Keeps the stretches that the server has not confirmed and sends them every ten seconds, when playing stops and
 * when the page is left. `where` returns { position, speed, since } as they stand, `since` by this browser's clock.
 */
export class HeardReport extends EventTarget {
  #url;
  #token;
  #duration;
  #where;
  #sent = [];
  #toldSince;
  #over = false;
  #stale = false;
  #busy = false;

  constructor({ url, token, duration, unsent, where, toldSince }) {
    super();
    this.#url = url;
    this.#token = token;
    this.#duration = duration;
    this.#where = where;
    this.#toldSince = toldSince;
    this.waiting = unsent;
    this.failures = 0;
  }

  start() {
    window.setInterval(() => this.send(), REPORT_EVERY_MS);
    window.addEventListener("online", () => this.send());
    document.addEventListener("visibilitychange", () => document.hidden && this.#sendLast());
    window.addEventListener("pagehide", () => this.#sendLast());
  }

  /** All that the server has not confirmed. */
  get unsent() {
    return unite([...this.#sent, ...this.waiting], this.#duration);
  }

  add(start, end) {
    this.waiting = unite([...this.waiting, [start, end]], this.#duration);
  }

  async send() {
    if (this.#busy || this.#over || !this.#hasNews()) {
      return;
    }
    this.#busy = true;
    if (this.#stale) {
      await this.#readToken();
    }
    [this.#sent, this.waiting] = [this.waiting, []];
    const { since } = this.#where();
    const reply = await this.#post(this.#sent);
    this.#busy = false;
    this.#settle(reply, since);
  }

  /** The page may not live to see the answer: everything goes once more, what is on its way included. */
  #sendLast() {
    if (!this.#over && (this.#hasNews() || this.#sent.length)) {
      this.#post(this.unsent);
    }
  }

  #hasNews() {
    return this.waiting.length > 0 || this.#where().since > this.#toldSince;
  }

  async #post(stretches) {
    const { position, speed, since } = this.#where();
    const ago_ms = Math.min(Math.max(0, Date.now() - since), LONGEST_AGO_MS);
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        credentials: "same-origin",
        redirect: "manual",
        keepalive: true,
        headers: { "Content-Type": "application/json", "X-CSRF-Token": this.#token },
        body: JSON.stringify({ stretches, position_ms: Math.round(position * 1000), speed, ago_ms }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, data: response.status === 204 ? {} : await response.json() };
    } catch {
      return { status: 0, data: {} };
    }
  }

  #settle({ status, data }, since) {
    if (status === 200 || status === 422) {
      this.#sent = [];
      this.#toldSince = since;
      this.failures = 0;
    } else if (status === 204) {
      this.#over = true;
      this.#sent = [];
    } else {
      this.waiting = this.unsent;
      this.#sent = [];
      this.failures += 1;
      this.#stale = status === 400;
    }
    const detail = { heard: data.heard ?? [], message: status === 422 ? data.message : "" };
    this.dispatchEvent(new CustomEvent("settled", { detail }));
  }

  /** Signing in again changes the token: read the new one from this page's own address. */
  async #readToken() {
    try {
      const response = await fetch(window.location.pathname, { credentials: "same-origin", redirect: "manual" });
      const page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
      this.#token = page.querySelector("[data-player]")?.dataset.token ?? this.#token;
    } catch {
      // The next report tries again.
    }
  }
}

/** The share in words, and whether the server knows of it. */
export function sayHeard(share, failures) {
  // Rounded down: 90% must mean that 90% is reached.
  const heard = number(Math.floor(share * 100 + 1e-9) / 100, { style: "percent" });
  return failures > 1 ? t("{heard} heard, not saved yet", { heard }) : t("{heard} heard", { heard });
}
