// The rating page: every change is saved at once, and nothing is lost without being said.

import { showConflict } from "./conflict.js";
import { CurrentState } from "./current-state.js";
import { startGuidance } from "./guidance.js";
import { Item } from "./items.js";
import { Leaving } from "./leaving.js";
import { Notes } from "./notes.js";
import { startPlayer } from "./player.js";
import { renderProgress } from "./progress.js";
import { RatingQueue } from "./rating-queue.js";
import { startSegments } from "./segments.js";
import { SaveState, describeState, nameItems } from "./save-state.js";
import { t } from "./texts.js";
import { Walk } from "./walk.js";

class RatingPage {
  #over = false;

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
    this.current = new CurrentState(form.dataset.stateUrl, (...told) => this.#onState(...told));
    this.leaving = new Leaving({
      flush: () => this.#flush(),
      unsaved: () => this.queues.some((queue) => queue.unsaved),
      unfinished: () => this.items.some((item) => item.needsReason),
    });
    // The first of them is the one to press when all items are rated: the next segment, or the check.
    this.walk = new Walk(this.items, form.querySelector("button[name=next]"));
  }

  start() {
    for (const item of this.items) {
      this.queue.know(item.code, item.stored, item.revision);
      item.listen({
        changed: (one) => this.#changed(one),
        next: (one) => this.walk.goOnFrom(one),
        entered: (one) => this.walk.setAt(one),
      });
    }
    this.notes.start();
    startSegments();
    startGuidance(() => this.walk.at.fieldset);
    for (const queue of this.queues) {
      queue.addEventListener("change", () => this.#render());
    }
    this.form.addEventListener("submit", (event) => this.#onSubmit(event));
    this.walk.addEventListener("moved", () => this.#renderProgress());
    this.walk.start();
    window.addEventListener("online", () => this.queues.forEach((queue) => queue.retry()));
    this.leaving.start();
    this.walk.begin(this.form.dataset.goOnAt);
    this.#takeUp();
    this.#sendWhatWasChosenEarly();
    this.current.start();
    this.#render();
  }

  #changed(item) {
    this.walk.setAt(item);
    if (item.needsReason) {
      this.queue.withdraw(item.code);
    } else {
      this.queue.put(item.code, item.answer);
    }
  }

  /** What was entered here before the page was opened anew, and had not been saved, is sent now. */
  #takeUp() {
    const ratings = this.queue.takeUp();
    for (const item of this.items.filter(({ code }) => ratings.has(code))) {
      item.show(ratings.get(item.code));
    }
    const what = this.#name([...ratings.keys()], [...this.notes.takenUp.keys()]);
    this.#tell(what && t("{what}: entered before this page was opened anew, and sent only now.", { what }));
  }

  /** Somebody who is quicker than this script has chosen already when it starts. */
  #sendWhatWasChosenEarly() {
    const early = this.items.filter((item) => !item.needsReason && !this.queue.same(item.answer, item.stored));
    early.filter(({ code }) => !this.queue.state().waiting.includes(code)).forEach((item) => this.#changed(item));
  }

  /** Show what another page or device has saved meanwhile; what was changed here is still to be sent, or chosen. */
  #onState({ open, token, count, ratings, notes }, askedAt) {
    const news = ratings.filter(({ item, revision, ...given }) => {
      const shown = this.items.find(({ code }) => code === item);
      const isNews = shown && !shown.needsReason && this.queue.learn(item, this.queue.valueOf(given), revision);
      if (isNews) {
        shown.show(given);
      }
      return isNews;
    });
    // What was saved while the answer was on its way is not counted in it.
    if ((this.queue.state().saved?.order ?? 0) < askedAt) {
      this.queue.count = count;
    }
    const what = this.#name(news.map(({ item }) => item), this.notes.learn(notes));
    this.#tell(what && t("{what}: changed on another page. You see what is saved now.", { what }));
    this.#over = !open;
    this.queues.forEach((queue) => this.#goOnUnder(token, queue));
    this.#render();
  }

  /** Signing in again, on another page, changes the token. */
  #goOnUnder(token, queue) {
    queue.token = token;
    if (queue.state().stopped) {
      queue.retry();
    }
  }

  #name(codes, ids) {
    return [nameItems(this.items, codes), this.notes.name(ids)].filter(Boolean).join(", ");
  }

  /** Say in a line of its own what happened without the coder's doing; it stays until there is something else to say. */
  #tell(text) {
    if (text) {
      const line = document.querySelector("[data-news]");
      line.hidden = false;
      line.textContent = text;
    }
  }

  #render() {
    const state = this.queue.state();
    const parts = [
      { state, name: (codes) => nameItems(this.items, codes) },
      { state: this.notes.queue.state(), name: (ids) => this.notes.name(ids) },
    ];
    const needy = this.items.filter((item) => item.needsReason).slice(0, 1);
    this.saveState.show(describeState(parts, nameItems(this.items, needy.map((item) => item.code)), this.#over));
    for (const item of this.items) {
      showConflict(item, state.conflicts.get(item.code), {
        keepTheirs: () => this.#decide(item, this.queue.accept(item.code)),
        keepMine: () => this.#decide(item, this.queue.insist(item.code)),
      });
    }
    this.#renderProgress();
  }

  #decide(item, answer) {
    item.show(answer);
    item.focus();
    this.#renderProgress();
  }

  #renderProgress() {
    renderProgress({ state: this.queue.state(), items: this.items, current: this.walk.at });
  }

  async #retry() {
    const stopped = this.queues.some((queue) => queue.state().stopped !== null);
    if (!stopped) {
      this.queues.forEach((queue) => queue.retry());
    } else if ((await this.current.ask()) === null) {
      this.saveState.note(t("This page could still not be opened under your name. Everything is still kept here."));
    }
  }

  async #onSubmit(event) {
    event.preventDefault();
    const needy = this.items.find((item) => item.needsReason);
    if (needy) {
      needy.reason.focus();
    } else if (event.submitter?.name === "next") {
      await this.leaving.goTo(event.submitter.dataset.url);
    } else {
      await this.#flush();
    }
  }

  #flush() {
    return Promise.all(this.queues.map((queue) => queue.flush()));
  }
}

new RatingPage(document.querySelector("form[data-save-url]"), startPlayer()).start();
