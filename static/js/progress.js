// How far the ratings are: the count that the server confirmed, one row an item, and the way to the next open one.

import { renderSegment } from "./segments.js";
import { t } from "./texts.js";

export function renderProgress({ state, items, current }) {
  for (const place of document.querySelectorAll("[data-count]")) {
    place.textContent = t("{answered} of {total}", state.count);
  }
  for (const place of document.querySelectorAll("[data-form-count]")) {
    place.textContent = t("{answered} of {total}", state.count.form);
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
  const value = valueOf(item, isCurrent);
  row.querySelector("[data-value]").textContent = unsaved ? t("{value}, not saved", { value }) : value;
}

function valueOf(item, isCurrent) {
  if (item.needsReason) {
    return t("needs a reason");
  }
  if (!item.answered) {
    return isCurrent ? t("now") : t("open");
  }
  return item.answer.reason === null ? String(item.answer.score) : t("not codable");
}

function renderNextLink(open) {
  const link = document.querySelector("[data-next-item]");
  link.hidden = open === undefined;
  if (open) {
    link.href = `#${open.fieldset.id}`;
    link.textContent = t("Go to item {number}", { number: open.number });
  }
}

/** Whether a change is not on its way in the usual fraction of a second, but held up. */
export function isStuck(state, key) {
  const heldUp = state.failing || state.stopped;
  const unsent = state.sending === key || state.waiting.includes(key);
  return (heldUp && unsent) || state.refused.has(key) || state.conflicts.has(key);
}
