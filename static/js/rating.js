// The rating page: every change is saved at once, and nothing is lost without being said.

import { showConflict } from "./conflict.js";
import { Item } from "./items.js";
import { startPlayer } from "./player.js";
import { renderProgress } from "./progress.js";
import { SaveQueue } from "./save-queue.js";
import { SaveState, describeState } from "./save-state.js";

const LEAVE_AFTER_MS = 4000;

class RatingPage {
  constructor(form) {
    this.form = form;
    this.items = [...form.querySelectorAll("[data-item]")].map((fieldset) => new Item(fieldset));
    this.queue = new SaveQueue({
      url: form.dataset.saveUrl,
      token: form.elements.csrf_token.value,
      count: { answered: Number(form.dataset.answered), total: this.items.length },
    });
    this.saveState = new SaveState({ onRetry: () => this.#retry() });
    this.checkButton = form.querySelector("button[name=next]");
    this.leaving = false;
  }

  start() {
    for (const item of this.items) {
      this.queue.know(item.code, item.needsReason ? { score: null, reason: null } : item.answer, item.revision);
      item.listen({
        changed: (one) => this.#changed(one),
        next: (one) => this.#focusAfter(one),
        entered: (one) => this.#setCurrent(one),
      });
    }
    this.queue.addEventListener("change", () => this.#render());
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
    document.addEventListener("click", (event) => this.#onLink(event));
    window.addEventListener("online", () => this.queue.retry());
    window.addEventListener("beforeunload", (event) => this.#warnBeforeLosing(event));
    this.#goToWhereTheCoderStopped();
    this.#render();
  }

  #changed(item) {
    this.#setCurrent(item);
    if (item.needsReason) {
      this.queue.withdraw(item.code);
    } else {
      this.queue.put(item.code, item.answer);
    }
  }

  #focusAfter(item) {
    const next = this.items[this.items.indexOf(item) + 1];
    if (next) {
      next.focus();
    } else {
      this.checkButton.focus();
    }
  }

  #setCurrent(item) {
    this.current = item;
    this.#renderProgress();
  }

  #goToWhereTheCoderStopped() {
    const asked = this.items.find((item) => `#${item.fieldset.id}` === window.location.hash);
    const open = this.items.find((item) => !item.answered);
    const begun = this.items.some((item) => item.answered);
    this.#setCurrent(asked ?? open ?? this.items[0]);
    const wrong = document.querySelector("[data-error-summary]");
    if (wrong) {
      wrong.focus();
    } else if (asked || (begun && open)) {
      this.current.focus("start");
    }
  }

  #render() {
    const state = this.queue.state();
    this.saveState.show(describeState(state, this.items));
    for (const item of this.items) {
      showConflict(item, state.conflicts.get(item.code), {
        keepTheirs: (one) => this.#keepTheirs(one),
        keepMine: (one, mine) => this.#keepMine(one, mine),
      });
    }
    this.#renderProgress();
  }

  #keepTheirs(item) {
    item.show(this.queue.accept(item.code));
    item.focus();
  }

  #keepMine(item, mine) {
    item.show(mine);
    this.queue.put(item.code, mine);
    item.focus();
  }

  #renderProgress() {
    renderProgress({ state: this.queue.state(), items: this.items, current: this.current });
  }

  async #retry() {
    if (this.queue.state().stopped === null) {
      this.queue.retry();
      return;
    }
    const token = await this.#freshToken();
    if (token) {
      this.queue.retry(token);
    } else {
      this.saveState.note("This page could still not be opened under your name. What you chose is still kept here.");
    }
  }

  /** Signing in again changes the token: read the new one from this page's own address. */
  async #freshToken() {
    try {
      const response = await fetch(window.location.pathname, { credentials: "same-origin", redirect: "manual" });
      const page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
      return page.querySelector("form[data-save-url] input[name=csrf_token]")?.value;
    } catch {
      return undefined;
    }
  }

  async #onSubmit(event) {
    event.preventDefault();
    const needy = this.items.find((item) => item.needsReason);
    if (needy) {
      needy.reason.focus();
    } else if (event.submitter?.name === "next") {
      await this.#leaveFor(this.form.dataset.checkUrl);
    } else {
      await this.queue.flush();
    }
  }

  #onLink(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    const item = this.items.find((one) => `#${one.fieldset.id}` === link.hash);
    if (item && link.pathname === window.location.pathname) {
      event.preventDefault();
      item.focus("start");
    } else if (link.target !== "_blank" && this.queue.unsaved) {
      event.preventDefault();
      this.#leaveFor(link.href);
    }
  }

  /** Go once everything is saved; where that takes too long the browser asks whether to leave. */
  async #leaveFor(url) {
    const tooLong = new Promise((resolve) => setTimeout(resolve, LEAVE_AFTER_MS));
    await Promise.race([this.queue.flush(), tooLong]);
    window.location.assign(url);
  }

  #warnBeforeLosing(event) {
    if (this.queue.unsaved || this.items.some((item) => item.needsReason)) {
      event.preventDefault();
    }
  }
}

startPlayer();
new RatingPage(document.querySelector("form[data-save-url]")).start();
