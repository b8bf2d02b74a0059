// What the server holds now: asked for when the coder comes back to this page, from another page, device or a break.

const BREAK_MS = 20_000;
const TIMEOUT_MS = 15_000;

export class CurrentState {
  #asking = null;
  #active = Date.now();

  /** `told` is given every answer, and when it was asked for, by the page's own clock. */
  constructor(url, told) {
    this.url = url;
    this.told = told;
  }

  start() {
    window.addEventListener("focus", () => this.ask());
    window.addEventListener("online", () => this.ask());
    window.addEventListener("pageshow", (event) => event.persisted && this.ask());
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
    // Two windows or devices side by side: neither is ever out of sight.
    for (const name of ["pointermove", "pointerdown", "keydown"]) {
      document.addEventListener(name, () => this.#afterBreak(), { capture: true, passive: true });
    }
  }

  /** Ask once at a time; resolves to the answer, or to null where none came that is this coder's. */
  ask() {
    this.#active = Date.now();
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  #afterBreak() {
    const since = Date.now() - this.#active;
    this.#active = Date.now();
    if (since > BREAK_MS) {
      this.ask();
    }
  }

  async #ask() {
    const askedAt = performance.now();
    const state = await this.#fetch();
    if (state) {
      this.told(state, askedAt);
    }
    return state;
  }

  async #fetch() {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const headers = { Accept: "application/json" };
      const response = await fetch(this.url, { credentials: "same-origin", redirect: "manual", headers, signal });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }
}
