// The rating page: every change is saved at once, and nothing is lost without being said.

import { showConflict } from "./conflict.js";
import { startGuidance } from "./guidance.js";
import { Item } from "./items.js";
import { matches } from "./keys.js";
import { Notes } from "./notes.js";
import { startPlayer } from "./player.js";
import { renderProgress } from "./progress.js";
import { RatingQueue } from "./rating-queue.js";
import { startSegments } from "./segments.js";
import { SaveState, describeState, nameItems } from "./save-state.js";
import { t } from "./texts.js";

const LEAVE_AFTER_MS = 4000;

class RatingPage {
  constructor(form, player) {
    this.form = form;
    this.items = [...form.querySelectorAll("[data-item]")].map((fieldset) => new Item(fieldset));
    this.queue = new RatingQueue({
      url: form.dataset.saveUrl,
      token: form.elements.csrf_token.value,
      segment: Number(form.elements.segment.value),
      count: {
        answered: Number(form.dataset.answered),
        total: this.items.length,
        form: { answered: Number(form.dataset.formAnswered), total: Number(form.dataset.formTotal) },
      },
    });
    this.notes = new Notes(document.querySelector("[data-notes]"), player);
    this.queues = [this.queue, this.notes.queue];
    this.saveState = new SaveState({ onRetry: () => this.#retry() });
    // The first of them is the one to press when all items are rated: the next segment, or the check.
    this.goOnButton = form.querySelector("button[name=next]");
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
    this.notes.start();
    startSegments();
    startGuidance(() => this.current.fieldset);
    for (const queue of this.queues) {
      queue.addEventListener("change", () => this.#render());
    }
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
    document.addEventListener("click", (event) => this.#onLink(event));
    document.addEventListener("keydown", (event) => this.#onKey(event));
    window.addEventListener("online", () => this.queues.forEach((queue) => queue.retry()));
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
      this.goOnButton.focus();
    }
  }

  #onKey(event) {
    if (matches(event, "next-open")) {
      event.preventDefault();
      const after = this.items.indexOf(this.current) + 1;
      const order = [...this.items.slice(after), ...this.items.slice(0, after)];
      const open = order.find((item) => !item.answered);
      if (open) {
        open.focus("start");
      } else {
        this.goOnButton.focus();
      }
    }
  }

  #setCurrent(item) {
    this.current = item;
    this.#renderProgress();
  }

  #goToWhereTheCoderStopped() {
    const asked = this.items.find((item) => `#${item.fieldset.id}` === window.location.hash);
    const next = this.items.find((item) => item.code === this.form.dataset.goOnAt);
    this.#setCurrent(asked ?? next ?? this.items[0]);
    const wrong = document.querySelector("[data-error-summary]");
    if (wrong) {
      wrong.focus();
    } else if (asked || (next && !next.answered)) {
      // Before the first item stands which segment this is.
      this.current.focus(this.current === this.items[0] ? "nearest" : "start");
    }
  }

  #render() {
    const state = this.queue.state();
    const parts = [
      { state, name: (codes) => nameItems(this.items, codes) },
      { state: this.notes.queue.state(), name: (ids) => this.notes.name(ids) },
    ];
    const needy = this.items.filter((item) => item.needsReason).slice(0, 1);
    this.saveState.show(describeState(parts, nameItems(this.items, needy.map((item) => item.code))));
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
    const stopped = this.queues.some((queue) => queue.state().stopped !== null);
    const token = stopped ? await this.#freshToken() : undefined;
    if (stopped && !token) {
      this.saveState.note(t("This page could still not be opened under your name. Everything is still kept here."));
    } else {
      this.queues.forEach((queue) => queue.retry(token));
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
      await this.#leaveFor(event.submitter.dataset.url);
    } else {
      await this.#flush();
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
    } else if (link.target !== "_blank" && this.#unsaved) {
      event.preventDefault();
      this.#leaveFor(link.href);
    }
  }

  /** Go once everything is saved; where that takes too long the browser asks whether to leave. */
  async #leaveFor(url) {
    const tooLong = new Promise((resolve) => setTimeout(resolve, LEAVE_AFTER_MS));
    await Promise.race([this.#flush(), tooLong]);
    window.location.assign(url);
  }

  #flush() {
    return Promise.all(this.queues.map((queue) => queue.flush()));
  }

  get #unsaved() {
    return this.queues.some((queue) => queue.unsaved);
  }

  #warnBeforeLosing(event) {
    if (this.#unsaved || this.items.some((item) => item.needsReason)) {
      event.preventDefault();
    }
  }
}

new RatingPage(document.querySelector("form[data-save-url]"), startPlayer()).start();
