// The field for one note: in the side column where there is one, else under the player.

import { clock } from "./clock.js";

const NARROW = window.matchMedia("(max-width: 1000px)");

export class NoteEditor {
  #id = null;
  #atMs = 0;
  #returnTo = null;

  constructor(root, lengthMs, { changed, left, removed }) {
    this.dock = root.querySelector("[data-note-dock]");
    this.home = document.createComment("");
    this.slot = document.querySelector("[data-note-slot]");
    this.box = root.querySelector("[data-note-editor]");
    this.clock = this.box.querySelector("[data-clock]");
    this.text = this.box.querySelector("[data-text]");
    this.item = this.box.querySelector("[data-item-of-note]");
    this.lengthMs = lengthMs;
    this.on = { changed, left, removed };
  }

  start() {
    this.dock.before(this.home);
    this.#place();
    NARROW.addEventListener("change", () => this.#place());
    document.addEventListener("focusin", (event) => this.#onFocus(event));
    this.text.addEventListener("input", () => this.#tell());
    this.item.addEventListener("change", () => this.#tell());
    this.text.addEventListener("keydown", (event) => this.#onKey(event));
    this.box.querySelector("[data-done]").addEventListener("click", () => this.#finish());
    this.box.querySelector("[data-remove]").addEventListener("click", () => this.#remove());
    for (const button of this.box.querySelectorAll("[data-nudge]")) {
      button.addEventListener("click", () => this.#nudge(Number(button.dataset.nudge)));
    }
  }

  /** The note that is being written. */
  get id() {
    return this.#id;
  }

  /** Open the field for a note; when it is left the focus goes back to where it was, or to `otherwise`. */
  open(id, note, otherwise) {
    const now = document.activeElement;
    this.#returnTo = now && now !== document.body ? now : otherwise;
    this.#id = id;
    this.#fill(note);
    this.box.hidden = false;
    // Under the player it is in view wherever one is, and focusing must not scroll away from there.
    this.text.focus({ preventScroll: true });
    const { top, bottom } = this.text.getBoundingClientRect();
    if (top < 0 || bottom > window.innerHeight) {
      this.box.scrollIntoView({ block: "nearest" });
    }
    this.text.setSelectionRange(this.text.value.length, this.text.value.length);
  }

  /** Show what a note has become elsewhere, if it is the one being written. */
  show(id, note) {
    if (id === this.#id && note.removed) {
      this.#close();
      this.#goBack();
    } else if (id === this.#id) {
      this.#fill(note);
    }
  }

  /** Another note is opened. */
  leave() {
    if (this.#id !== null) {
      this.#finish();
    }
  }

  #fill(note) {
    this.#atMs = note.atMs;
    this.text.value = note.text;
    this.item.value = note.item ?? "";
    this.clock.textContent = clock(note.atMs / 1000);
  }

  #tell() {
    // Half a character, which a paste can leave behind, could be stored nowhere.
    const text = this.text.value.replace(/\p{Surrogate}|\0/gu, "\uFFFD");
    this.on.changed(this.#id, { text, item: this.item.value || null, atMs: this.#atMs });
  }

  #nudge(by) {
    this.#atMs = Math.min(Math.max(0, this.#atMs + by), this.lengthMs);
    this.clock.textContent = clock(this.#atMs / 1000);
    this.#tell();
  }

  #onKey(event) {
    if (event.isComposing) {
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      this.#finish(true);
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#finish();
    }
  }

  #finish(dropEmpty = false) {
    const id = this.#id;
    this.#close();
    this.#goBack();
    this.on.left(id, dropEmpty);
  }

  /** Where it lies over the items it makes way for the one that gets the focus. */
  #onFocus(event) {
    if (this.#id !== null && NARROW.matches && event.target.closest("[data-item]")) {
      const id = this.#id;
      this.#close();
      this.on.left(id, false);
    }
  }

  #remove() {
    const id = this.#id;
    this.#close();
    this.on.removed(id);
  }

  #close() {
    this.#id = null;
    this.box.hidden = true;
  }

  #goBack() {
    if (this.#returnTo?.isConnected) {
      this.#returnTo.focus({ preventScroll: true });
      this.#returnTo.scrollIntoView({ block: "nearest" });
    }
  }

  #place() {
    const focused = this.dock.contains(document.activeElement) ? document.activeElement : null;
    if (NARROW.matches) {
      this.slot.append(this.dock);
    } else {
      this.home.after(this.dock);
    }
    focused?.focus({ preventScroll: true });
  }
}
