// How far the ratings are: the count that the server confirmed, one row an item, and the way to the next open one.

import { renderSegment } from "./segments.js";

export function renderProgress({ state, items, current }) {
  for (const place of document.querySelectorAll("[data-count]")) {
    place.textContent = `${state.count.answered} of ${state.count.total}`;
  }
  for (const place of document.querySelectorAll("[data-form-count]")) {
    place.textContent = `${state.count.form.answered} of ${state.count.form.total}`;
  }
  renderSegment(state.count);
  for (const item of items) {
    renderRow(item, item === current, isStuck(state, item.code));
  }
  renderNextLink(items.find((item) => !item.answered));
}

function renderRow(item, isCurrent, unsaved) {
  const row = document.querySelector(`[data-progress="${CSS.escape(item.code)}"]`);
  item.fieldset.classList.toggle("is-current", isCurrent);
  row.classList.toggle("is-current", isCurrent);
  row.classList.toggle("is-open", !item.answered);
  row.classList.toggle("is-unsaved", unsaved);
  row.querySelector("[data-value]").textContent = valueOf(item, isCurrent) + (unsaved ? ", not saved" : "");
}

function valueOf(item, isCurrent) {
  if (item.needsReason) {
    return "needs a reason";
  }
  if (!item.answered) {
    return isCurrent ? "now" : "open";
  }
  return item.answer.reason === null ? String(item.answer.score) : "not codable";
}

function renderNextLink(open) {
  const link = document.querySelector("[data-next-item]");
  link.hidden = open === undefined;
  if (open) {
    link.href = `#${open.fieldset.id}`;
    link.textContent = `Go to item ${open.number}`;
  }
}

/** Whether a change is not on its way in the usual fraction of a second, but held up. */
export function isStuck(state, key) {
  const heldUp = state.failing || state.stopped;
  const unsent = state.sending === key || state.waiting.includes(key);
  return (heldUp && unsent) || state.refused.has(key) || state.conflicts.has(key);
}
