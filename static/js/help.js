// The help over a page of the coder's room: opened by its key or its button, closed by Esc as every dialog.

import { matches } from "./keys.js";

const dialog = document.querySelector("#help");
const link = document.querySelector("[data-help]");

function open(event) {
  event.preventDefault();
  dialog.showModal();
}

// With this script the way to the page of help opens it here, and is a button.
const button = document.createElement("button");
button.type = "button";
button.className = "btn-link head-help";
button.textContent = link.textContent;
button.setAttribute("aria-haspopup", "dialog");
if (link.dataset.keys) {
  button.setAttribute("aria-keyshortcuts", link.dataset.keys);
}
link.replaceWith(button);
button.addEventListener("click", open);

document.addEventListener("keydown", (event) => {
  if (matches(event, "help")) {
    open(event);
  }
});
// A click beside the dialog is one on the dialog's own box, and closes it.
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) {
    dialog.close();
  }
});
