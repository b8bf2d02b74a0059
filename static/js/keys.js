/** Whether keys now write text, so that none may be a shortcut. */
export function isTyping(target) {
  const typed = "textarea, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button], [type=submit])";
  return target instanceof Element && target.closest(typed) !== null;
}

/** The letter on the key: what it types, or where Alt makes it type a symbol, its place on the keyboard. */
export function letterOf(event) {
  const typed = event.key.toLowerCase();
  return /^[a-z]$/.test(typed) ? typed : event.code.replace("Key", "").toLowerCase();
}
