// Says what has become of the ratings: in the status at the end of the player, and loudly over the form.

const plural = (count, one, many) => (count === 1 ? one : many);

/** Put into words what the queue and the form are in; the first that applies is the most urgent. */
export function describeState(state, items) {
  const numbers = (codes) => items.filter((item) => codes.includes(item.code)).map((item) => item.number);
  const named = (codes) => {
    const list = numbers(codes);
    return `${plural(list.length, "Item", "Items")} ${list.join(", ")}`;
  };
  const unsent = state.sending ? [...state.waiting, state.sending] : state.waiting;
  const reasons = items.filter((item) => item.needsReason).map((item) => item.code);
  if (state.stopped) {
    const title = `${named(unsent)} not saved`;
    return { kind: "failed", text: "Not saved", alert: "stopped", title, detail: state.stopped };
  }
  if (state.failing) {
    return { kind: "failed", text: "Not saved, trying again", alert: "failing", title: `${named(unsent)} not saved yet` };
  }
  if (state.refused.size) {
    const codes = [...state.refused.keys()];
    const detail = [...new Set(state.refused.values())].join(" ");
    return { kind: "failed", text: "Not saved", alert: "refused", title: `${named(codes)} not saved`, detail };
  }
  if (state.conflicts.size) {
    const [first] = numbers([...state.conflicts.keys()]);
    return { kind: "failed", text: `Item ${first}: choose one of two` };
  }
  if (reasons.length) {
    return { kind: "waiting", text: `Item ${numbers(reasons)[0]} needs a reason` };
  }
  if (unsent.length) {
    return { kind: "saving", text: "Saving" };
  }
  return state.savedAt ? { kind: "saved", text: `Saved ${state.savedAt}` } : { kind: "idle", text: "" };
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
