// Leaving a page: first everything is saved; where that takes too long the browser asks whether to leave.

const LEAVE_AFTER_MS = 4000;

export class Leaving {
  /** `flush()` sends what waits, `unsaved()` says whether anything is not saved, `unfinished()` whether to warn all the same. */
  constructor({ flush, unsaved, unfinished }) {
    this.flush = flush;
    this.unsaved = unsaved;
    this.unfinished = unfinished;
  }

  start() {
    document.addEventListener("click", (event) => this.#onLink(event));
    window.addEventListener("beforeunload", (event) => this.#warn(event));
  }

  async goTo(url) {
    const tooLong = new Promise((resolve) => setTimeout(resolve, LEAVE_AFTER_MS));
    await Promise.race([this.flush(), tooLong]);
    window.location.assign(url);
  }

  #onLink(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    const isHere = link.pathname === window.location.pathname && link.hash !== "";
    if (link.target !== "_blank" && !isHere && this.unsaved()) {
      event.preventDefault();
      this.goTo(link.href);
    }
  }

  #warn(event) {
    if (this.unsaved() || this.unfinished()) {
      event.preventDefault();
    }
  }
}
