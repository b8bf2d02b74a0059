// The lab's guidance on an item: one key shows and hides it, wherever in the item the focus is.

import { matches } from "./keys.js";

/** `current` says in which item the coder is. */
export function startGuidance(current) {
  const said = document.querySelector("[data-guidance-said]");
  document.addEventListener("keydown", (event) => {
    const details = matches(event, "guidance") && current().querySelector("[data-guidance]");
    if (details) {
      event.preventDefault();
      details.open = !details.open;
      // The focus stays where it is, so what has appeared is said.
      said.textContent = details.open ? details.querySelector("[data-words]").textContent : "";
      details.scrollIntoView({ block: "nearest" });
    }
  });
}
