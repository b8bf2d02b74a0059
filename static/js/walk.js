// Which item of the form the coder is at, and the ways from there to others: after a digit, by a key, by a link.

import { matches } from "./keys.js";

export class Walk extends EventTarget {
  #onward;

  /** `onward` is where the items end: the button to the next segment, or to the check. It dispatches "moved". */
  constructor(items, onward) {
    super();
    this.items = items;
    this.#onward = onward;
    this.at = items[0];
  }

  start() {
    document.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("click", (event) => this.#onLink(event));
  }

  /** Begin at the item that the address asks for, else where the coder stopped. */
  begin(goOnAt) {
    const asked = this.items.find((item) => `#${item.fieldset.id}` === window.location.hash);
    const next = this.items.find((item) => item.code === goOnAt);
    this.setAt(asked ?? next ?? this.items[0]);
    const wrong = document.querySelector("[data-error-summary]");
    if (wrong) {
      wrong.focus();
    } else if (asked || (next && !next.answered)) {
      // Before the first item stands which segment this is.
      this.at.focus(this.at === this.items[0] ? "nearest" : "start");
    }
  }

  setAt(item) {
    this.at = item;
    this.dispatchEvent(new Event("moved"));
  }

  /** A digit has answered the item. */
  goOnFrom(item) {
    const next = this.items[this.items.indexOf(item) + 1];
    (next ?? this.#onward).focus();
  }

  #onKey(event) {
    if (matches(event, "next-open")) {
      event.preventDefault();
      const after = this.items.indexOf(this.at) + 1;
      const order = [...this.items.slice(after), ...this.items.slice(0, after)];
      const open = order.find((item) => !item.answered);
      if (open) {
        open.focus("start");
      } else {
        this.#onward.focus();
      }
    }
  }

  #onLink(event) {
    const link = event.target.closest("a[href]");
    const item = link && this.items.find((one) => `#${one.fieldset.id}` === link.hash);
    if (item && link.pathname === window.location.pathname && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      item.focus("start");
    }
  }
}
