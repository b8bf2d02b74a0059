// One item of the form: its radios, its reason, and the keys that work while the focus is inside it.

import { t } from "./texts.js";

const NOT_CODABLE = "not-codable";

export class Item {
  constructor(fieldset) {
    this.fieldset = fieldset;
    this.code = fieldset.dataset.item;
    this.number = fieldset.dataset.number;
    this.revision = Number(fieldset.dataset.revision);
    this.radios = [...fieldset.querySelectorAll("input[type=radio]")];
    this.reason = fieldset.querySelector("select");
    this.clearButton = fieldset.querySelector("button[name=clear]");
    this.conflictBox = fieldset.querySelector("[data-conflict]");
    this.#mark();
  }

  get chosen() {
    return this.radios.find((radio) => radio.checked);
  }

  /** Not codable was chosen, and why is still to be said. */
  get needsReason() {
    return this.chosen?.value === NOT_CODABLE && this.reason.value === "";
  }

  /** A score, or a reason why there is none; both null while the item is open. */
  get answer() {
    const value = this.chosen?.value;
    if (value === undefined) {
      return { score: null, reason: null };
    }
    return value === NOT_CODABLE
      ? { score: null, reason: this.reason.value || null }
      : { score: Number(value), reason: null };
  }

  /** What the server held when it made the page: a choice made before this script ran is not part of it. */
  get stored() {
    const value = this.radios.find((radio) => radio.defaultChecked)?.value;
    if (value === undefined) {
      return { score: null, reason: null };
    }
    return value === NOT_CODABLE
      ? { score: null, reason: [...this.reason.options].find((one) => one.defaultSelected)?.value || null }
      : { score: Number(value), reason: null };
  }

  get answered() {
    return this.chosen !== undefined && !this.needsReason;
  }

  show({ score, reason }) {
    const value = reason === null ? String(score) : NOT_CODABLE;
    for (const radio of this.radios) {
      radio.checked = radio.value === value;
    }
    this.reason.value = reason ?? "";
    this.#mark();
  }

  /** Say an answer in the words of the form. */
  describe({ score, reason }) {
    if (reason !== null) {
      const option = [...this.reason.options].find((one) => one.value === reason);
      return t("Not codable: {reason}", { reason: option ? option.text : reason });
    }
    const radio = this.radios.find((one) => one.value === String(score));
    return radio ? radio.closest("label").innerText.replace(/\s+/g, " ").trim() : t("No rating");
  }

  /** Put the focus on the answer, and as much of the item as fits into view; `block` says where. */
  focus(block = "nearest") {
    (this.chosen ?? this.radios[0]).focus({ preventScroll: true });
    this.fieldset.scrollIntoView({ block });
  }

  /** Call `changed` after every change by the coder, and `next` when a digit has answered the item. */
  listen({ changed, next, entered }) {
    this.fieldset.addEventListener("change", () => {
      this.#mark();
      changed(this);
    });
    this.fieldset.addEventListener("focusin", () => entered(this));
    // A link to the item, or a click beside its answers, puts the focus on the item as a whole.
    this.fieldset.addEventListener("focus", () => (this.chosen ?? this.radios[0]).focus({ preventScroll: true }));
    this.fieldset.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.target === this.reason) {
        return;
      }
      this.#keepArrowsFromWrapping(event);
      if (this.#answerByDigit(event)) {
        changed(this);
        next(this);
      }
    });
    this.clearButton.addEventListener("click", (event) => {
      event.preventDefault();
      this.show({ score: null, reason: null });
      this.focus();
      changed(this);
    });
  }

  #answerByDigit(event) {
    const wanted = /^[0-9]$/.test(event.key) && this.radios.find((radio) => radio.value === event.key);
    if (!wanted) {
      return false;
    }
    event.preventDefault();
    // A key held down would answer the items that follow.
    if (event.repeat) {
      return false;
    }
    this.show({ score: Number(event.key), reason: null });
    return true;
  }

  #keepArrowsFromWrapping(event) {
    const atFirst = event.target === this.radios[0] && ["ArrowUp", "ArrowLeft"].includes(event.key);
    const atLast = event.target === this.radios.at(-1) && ["ArrowDown", "ArrowRight"].includes(event.key);
    if (atFirst || atLast) {
      event.preventDefault();
    }
  }

  #mark() {
    this.fieldset.classList.toggle("is-answered", this.chosen !== undefined);
  }
}
