// The one place that decides whether a key is a shortcut. Which keys do what is the person's choice: the server sends
// the table (coder_app/domain/shortcuts.py holds the names and the usual keys), and what is switched off is not in it.

import { pageData } from "./page-data.js";

const NAMED = { ",": "Comma", ".": "Period" };

/** Whether a key event asks for a shortcut; never while typing, in an open dialog, or where another has taken it. */
export function matches(event, name) {
  const shortcut = pageData.keys[name];
  if (!shortcut || event.defaultPrevented || event.isComposing || (event.repeat && !shortcut.repeats)) {
    return false;
  }
  if (isTyping(event.target) || document.querySelector("dialog[open]")) {
    return false;
  }
  // In a list that may be open Esc closes it, and nothing more.
  if (event.key === "Escape" && event.target instanceof HTMLSelectElement) {
    return false;
  }
  return isPressed(event, shortcut.keys);
}

/** Whether keys now write text, so that none may be a shortcut. */
export function isTyping(target) {
  const typed = "textarea, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button], [type=submit])";
  return target instanceof Element && target.closest(typed) !== null;
}

/** The letter on the key: what it types, or where Alt makes it type a symbol, its place on the keyboard. */
function letterOf(event) {
  const typed = event.key.toLowerCase();
  return /^[a-z]$/.test(typed) ? typed : event.code.replace("Key", "").toLowerCase();
}

function isPressed(event, keys) {
  const parts = keys.split("+");
  const key = parts.pop();
  if (event.ctrlKey || event.metaKey || event.altKey !== parts.includes("Alt")) {
    return false;
  }
  // Which keys type "?" differs by keyboard, so that Shift says nothing there.
  if (key === "?") {
    return event.key === "?";
  }
  if (event.shiftKey !== parts.includes("Shift")) {
    return false;
  }
  if (/^[A-Z]$/.test(key)) {
    return letterOf(event) === key.toLowerCase();
  }
  return event.key === key || event.code === NAMED[key];
}
