// The row of segments: keys to the one before and the next, and the mark of the one that is being rated.

import { matches } from "./keys.js";
import { t } from "./texts.js";

/** Let keys do what the links to the segments beside this one do, unsaved ratings being waited for. */
export function startSegments() {
  document.addEventListener("keydown", (event) => {
    for (const link of document.querySelectorAll("[data-segment-step]")) {
      if (matches(event, link.dataset.segmentStep)) {
        event.preventDefault();
        link.click();
        return;
      }
    }
  });
}

/** Show how far the segment of this page is, from what the server has confirmed. */
export function renderSegment({ answered, total }) {
  const link = document.querySelector("[data-segment-now]");
  if (!link) {
    return;
  }
  const state = answered === total ? "done" : answered ? "in progress" : "open";
  for (const mark of link.querySelectorAll("[data-segment-state]")) {
    mark.hidden = mark.dataset.segmentState !== state;
  }
  const words = { done: t("done"), open: t("open"), "in progress": t("{answered} of {total} rated", { answered, total }) };
  link.querySelector("[data-segment-words]").textContent = `, ${words[state]}`;
}
