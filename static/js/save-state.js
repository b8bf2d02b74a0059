// Says what has become of the ratings: in the status at the end of the player, and loudly over the form.

import { t, tn } from "./texts.js";

/** The items of some codes, by their numbers. */
export function nameItems(items, codes) {
  const list = items.filter((item) => codes.includes(item.code)).map((item) => item.number);
  return list.length ? tn("Item {list}", "Items {list}", list.length, { list: list.join(", ") }) : "";
}

/**
 * Put into words what the form is in; the first that applies is the most urgent. `parts` are the queues that the
 * page sends from, each as { state, name }, `name` saying some of its keys; `needy` names an item without its reason;
 * `over` says that the form was submitted on another page.
 */
export function describeState(parts, needy, over) {
  const stopped = parts.find(({ state }) => state.stopped);
  const failing = parts.some(({ state }) => state.failing);
  const unsent = nameAll(parts, ({ waiting, sending }) => (sending ? [...waiting, sending] : waiting));
  if (stopped) {
    const title = t("{what}: not saved", { what: unsent });
    return { kind: "failed", text: t("Not saved"), alert: "stopped", title, detail: stopped.state.stopped };
  }
  if (failing) {
    const title = t("{what}: not saved yet", { what: unsent });
    return { kind: "failed", text: t("Not saved, trying again"), alert: "failing", title };
  }
  const refused = nameAll(parts, (state) => [...state.refused.keys()]);
  if (refused) {
    const detail = [...new Set(parts.flatMap(({ state }) => [...state.refused.values()]))].join(" ");
    return { kind: "failed", text: t("Not saved"), alert: "refused", title: t("{what}: not saved", { what: refused }), detail };
  }
  if (over) {
    return { kind: "idle", text: t("Submitted"), alert: "refused", title: t("This recording was submitted on another page") };
  }
  const torn = nameAll(parts, (state) => [...state.conflicts.keys()].slice(0, 1));
  if (torn) {
    return { kind: "failed", text: t("{what}: choose one of two", { what: torn }) };
  }
  if (needy) {
    return { kind: "waiting", text: t("{what} needs a reason", { what: needy }) };
  }
  if (unsent) {
    return { kind: "saving", text: t("Saving") };
  }
  const [last] = parts.flatMap(({ state }) => state.saved ?? []).sort((one, other) => other.order - one.order);
  return last ? { kind: "saved", text: t("Saved {time}", { time: last.at }) } : { kind: "idle", text: "" };
}

function nameAll(parts, keysOf) {
  return parts
    .map(({ state, name }) => name(keysOf(state)))
    .filter(Boolean)
    .join(", ");
}

export class SaveState {
  #shown = "";

  constructor({ onRetry }) {
    this.status = document.querySelector("[data-save-state]");
    this.alert = document.querySelector("[data-save-alert]");
    this.alert.querySelector("[data-retry]").addEventListener("click", onRetry);
  }

  show(said) {
    const key = JSON.stringify(said);
    // Writing the same words again would make a screen reader repeat them.
    if (key === this.#shown) {
      return;
    }
    this.#shown = key;
    this.status.dataset.state = said.kind;
    this.status.querySelector("[data-text]").textContent = said.text;
    this.#showAlert(said);
  }

  /** Add what came of pressing "Try again". */
  note(text) {
    this.alert.querySelector("[data-note]").textContent = text;
  }

  #showAlert({ alert, title, detail }) {
    this.alert.hidden = alert === undefined;
    this.note("");
    this.alert.querySelector("[data-title]").textContent = title ?? "";
    for (const body of this.alert.querySelectorAll("[data-when]")) {
      body.hidden = body.dataset.when !== alert;
    }
    for (const place of this.alert.querySelectorAll("[data-detail]")) {
      place.textContent = detail ?? "";
    }
    this.alert.querySelector("[data-retry]").hidden = alert === "refused";
  }
}
