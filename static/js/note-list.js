// All notes by their time, and beside them those of which two pages have made two.

import { clock } from "./clock.js";
import { isStuck } from "./progress.js";
import { t } from "./texts.js";

export class NoteList {
  #rows = new Map();
  #torn = new Map();

  constructor(root, { play, edit, keepTheirs, keepMine }) {
    this.list = root.querySelector("[data-note-list]");
    this.none = root.querySelector("[data-no-notes]");
    this.conflicts = root.querySelector("[data-note-conflicts]");
    this.rowTemplate = root.querySelector("[data-note-row]");
    this.tornTemplate = root.querySelector("[data-note-torn]");
    const options = [...root.querySelector("[data-item-of-note]").options];
    this.labels = new Map(options.filter((one) => one.value).map((one) => [one.value, one.text]));
    this.on = { play, edit, keepTheirs, keepMine };
  }

  /** Take over the rows of the page, which without scripts have buttons of their own. */
  read() {
    const rows = [...this.list.querySelectorAll("[data-note]")];
    this.list.replaceChildren();
    return rows.map((row) => ({
      id: row.dataset.note,
      revision: Number(row.dataset.revision),
      note: {
        item: row.dataset.itemOfNote || null,
        atMs: Number(row.dataset.atMs),
        text: row.querySelector("[data-text]").textContent,
        removed: false,
      },
    }));
  }

  /** Show the notes; `hidden` is a stamp that is no note yet, `open` the one in the field. */
  show(notes, state, { hidden, open }) {
    const standing = [...notes].filter(([id, note]) => !note.removed && id !== hidden);
    standing.sort(([, one], [, other]) => one.atMs - other.atMs);
    this.#dropRows(new Set(standing.map(([id]) => id)));
    standing.forEach(([id, note], place) => {
      const row = this.#rows.get(id) ?? this.#makeRow(id);
      this.#fillRow(row, note);
      row.classList.toggle("is-open", id === open);
      row.querySelector("[data-unsaved]").hidden = !isStuck(state, id);
      // Only what stands elsewhere is moved: moving takes the focus from a row.
      if (this.list.children[place] !== row) {
        this.list.insertBefore(row, this.list.children[place] ?? null);
      }
    });
    this.none.hidden = standing.length > 0;
    this.#showTorn(notes, state.conflicts);
  }

  #makeRow(id) {
    const row = this.rowTemplate.content.firstElementChild.cloneNode(true);
    row.querySelector("[data-play]").addEventListener("click", () => this.on.play(id));
    row.querySelector("[data-edit]").addEventListener("click", () => this.on.edit(id));
    this.#rows.set(id, row);
    return row;
  }

  #fillRow(row, note) {
    const time = clock(note.atMs / 1000);
    const play = row.querySelector("[data-play]");
    play.textContent = time;
    play.setAttribute("aria-label", t("{time}, play from 3 seconds before", { time }));
    const text = row.querySelector("[data-text]");
    text.textContent = note.text || t("Marked, nothing written");
    text.classList.toggle("quiet", !note.text);
    const tag = row.querySelector("[data-tag]");
    tag.hidden = note.item === null;
    tag.textContent = this.labels.get(note.item) ?? note.item ?? "";
    row.querySelector("[data-which]").textContent = ` ${t("the note at {time}", { time })}`;
  }

  #dropRows(kept) {
    for (const [id, row] of this.#rows) {
      if (!kept.has(id)) {
        row.remove();
        this.#rows.delete(id);
      }
    }
  }

  #showTorn(notes, conflicts) {
    for (const [id, box] of this.#torn) {
      if (!conflicts.has(id)) {
        box.remove();
        this.#torn.delete(id);
      }
    }
    for (const [id, { theirs, mine }] of conflicts) {
      const box = this.#torn.get(id) ?? this.#makeTorn(id, clock(notes.get(id).atMs / 1000));
      box.querySelector("[data-theirs]").textContent = this.#describe(theirs);
      box.querySelector("[data-mine]").textContent = this.#describe(mine);
    }
  }

  #makeTorn(id, time) {
    const box = this.tornTemplate.content.firstElementChild.cloneNode(true);
    const title = box.querySelector("[data-title]");
    title.textContent = t("Another page changed the note at {time} meanwhile", { time });
    box.setAttribute("aria-label", title.textContent);
    box.querySelector("[data-keep-theirs]").addEventListener("click", () => this.on.keepTheirs(id));
    box.querySelector("[data-keep-mine]").addEventListener("click", () => this.on.keepMine(id));
    this.conflicts.append(box);
    this.#torn.set(id, box);
    return box;
  }

  #describe(note) {
    if (note.removed) {
      return t("removed");
    }
    const parts = [clock(note.atMs / 1000), this.labels.get(note.item), note.text || t("nothing written")];
    return parts.filter(Boolean).join(" · ");
  }
}
