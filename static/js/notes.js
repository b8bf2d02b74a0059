// Notes at moments of the recording: one key stamps the time while it plays on, and what is typed is kept at once.

import { clock } from "./clock.js";
import { matches } from "./keys.js";
import { NoteEditor } from "./note-editor.js";
import { NoteList } from "./note-list.js";
import { NoteQueue } from "./note-queue.js";
import { newPageId } from "./save-queue.js";
import { t, tn } from "./texts.js";

const BEFORE_SECONDS = 3;

export class Notes {
  #notes = new Map();
  #removed = null;
  // A stamp of which the server knows nothing, because nothing has been written yet.
  #fresh = null;

  constructor(root, player) {
    this.root = root;
    this.player = player;
    this.button = document.querySelector("[data-note-button]");
    this.undoLine = root.querySelector("[data-note-undo]");
    this.queue = new NoteQueue({ url: root.dataset.url, token: root.dataset.token });
    this.list = new NoteList(root, {
      play: (id) => this.player.playFrom(Math.max(0, this.#notes.get(id).atMs / 1000 - BEFORE_SECONDS)),
      edit: (id) => this.#edit(id),
      keepTheirs: (id) => this.#keepTheirs(id),
      keepMine: (id) => this.#keepMine(id),
    });
    this.editor = new NoteEditor(root, this.#lengthMs, {
      changed: (id, values) => this.#changed(id, values),
      left: (id, dropEmpty) => this.#left(id, dropEmpty),
      removed: (id) => this.#remove(id),
    });
  }

  start() {
    for (const { id, note, revision } of this.list.read()) {
      this.#notes.set(id, note);
      this.queue.know(id, note, revision);
    }
    this.takenUp = this.queue.takeUp();
    this.takenUp.forEach((note, id) => this.#notes.set(id, note));
    this.editor.start();
    this.button.addEventListener("click", () => this.#stamp(null));
    document.addEventListener("keydown", (event) => this.#onKey(event));
    this.player.audio.addEventListener("timeupdate", () => this.#showTime());
    this.player.audio.addEventListener("seeked", () => this.#showTime());
    this.undoLine.querySelector("[data-undo]").addEventListener("click", () => this.#undo());
    this.undoLine.querySelector("[data-close]").addEventListener("click", () => this.#closeUndo());
    this.queue.addEventListener("change", () => this.#render());
    this.#showTime();
    this.#render();
  }

  /** Take over what the server holds now, where this page has changed nothing, and return the ids of what is new. */
  learn(told) {
    const news = told.filter(({ note, revision, ...now }) => this.queue.learn(note, this.queue.valueOf(now), revision));
    for (const { note, ...now } of news) {
      this.#notes.set(note, this.queue.valueOf(now));
      this.editor.show(note, this.#notes.get(note));
    }
    this.#render();
    return news.map(({ note }) => note);
  }

  /** Say some notes by their times. */
  name(ids) {
    if (ids.length > 1) {
      return tn("{n} note", "{n} notes", ids.length);
    }
    return ids.length ? t("Note at {time}", { time: this.#timeOf(ids[0]) }) : "";
  }

  #onKey(event) {
    if (matches(event, "note")) {
      event.preventDefault();
      this.#stamp(document.activeElement.closest("[data-item]")?.dataset.item ?? null);
    }
  }

  #stamp(item) {
    this.editor.leave();
    this.#closeUndo();
    const atMs = Math.min(Math.floor(this.player.position * 1000), this.#lengthMs);
    const id = newPageId();
    this.#fresh = id;
    this.#notes.set(id, { item, atMs, text: "", removed: false });
    this.editor.open(id, this.#notes.get(id), this.button);
    this.#render();
  }

  #edit(id) {
    this.editor.leave();
    this.editor.open(id, this.#notes.get(id), this.button);
    this.#render();
  }

  #changed(id, values) {
    this.#fresh = null;
    this.#notes.set(id, { ...this.#notes.get(id), ...values });
    this.queue.put(id, this.#notes.get(id));
  }

  /** The field was left: what is in it goes at once. A stamp without words is kept, unless it was meant to go. */
  #left(id, dropEmpty) {
    const fresh = this.#fresh === id;
    this.#fresh = null;
    if (fresh && dropEmpty) {
      this.#notes.delete(id);
    } else if (fresh || this.queue.state().waiting.includes(id)) {
      this.queue.put(id, this.#notes.get(id), 0);
    }
    this.#render();
  }

  #remove(id) {
    const note = this.#notes.get(id);
    const fresh = this.#fresh === id;
    this.#removed = { id, note };
    this.#fresh = null;
    this.#notes.set(id, { ...note, removed: true });
    if (!fresh) {
      this.queue.put(id, this.#notes.get(id), 0);
    }
    this.undoLine.hidden = false;
    this.undoLine.querySelector("[data-said]").textContent = t("Note at {time} removed.", { time: this.#timeOf(id) });
    this.undoLine.querySelector("[data-undo]").focus({ preventScroll: true });
    this.#render();
  }

  #undo() {
    const { id, note } = this.#removed;
    this.#notes.set(id, note);
    this.queue.put(id, note, 0);
    this.#closeUndo();
    this.#edit(id);
  }

  #closeUndo() {
    if (this.undoLine.contains(document.activeElement)) {
      this.button.focus();
    }
    this.#removed = null;
    this.undoLine.hidden = true;
    this.undoLine.querySelector("[data-said]").textContent = "";
  }

  #keepTheirs(id) {
    const note = this.queue.accept(id);
    this.#notes.set(id, note);
    this.editor.show(id, note);
    this.#render();
  }

  #keepMine(id) {
    this.queue.insist(id);
  }

  #render() {
    const state = this.queue.state();
    this.list.show(this.#notes, state, { hidden: this.#fresh, open: this.editor.id });
    const { start, end } = this.player;
    const standing = [...this.#notes.values()].filter((note) => !note.removed);
    const flags = standing.map((note) => ({ at: note.atMs / 1000, label: note.text || clock(note.atMs / 1000) }));
    this.player.showFlags(flags.filter(({ at }) => at >= start && at <= end));
  }

  #showTime() {
    const words = t("Note at {time}", { time: clock(this.player.position) });
    this.button.querySelector(".note-button-words").textContent = words;
  }

  get #lengthMs() {
    return Math.round(this.player.duration * 1000);
  }

  #timeOf(id) {
    return clock(this.#notes.get(id).atMs / 1000);
  }
}
