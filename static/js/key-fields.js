// Writes into a key's field what is pressed there; what types text, moves or leaves the field does so as always.

const KEPT_WITHOUT_ALT = /^(Escape|F\d+)$/;
const WRITTEN = { Escape: "Esc", Comma: ",", Period: "." };

function pressed(event) {
  if (event.ctrlKey || event.metaKey || !(event.altKey || KEPT_WITHOUT_ALT.test(event.key))) {
    return null;
  }
  const key = WRITTEN[event.key] ?? WRITTEN[event.code] ?? (/^F\d+$/.test(event.key) ? event.key : letterAt(event));
  return key && [event.altKey && "Alt", event.shiftKey && "Shift", key].filter(Boolean).join("+");
}

function letterAt(event) {
  return /^Key[A-Z]$/.test(event.code) ? letterTyped(event) : null;
}

// A keyboard may have its letters elsewhere; what Alt makes of a key is no letter on a Mac.
function letterTyped(event) {
  return /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.code.slice(3);
}

for (const field of document.querySelectorAll("[data-key-field]")) {
  field.addEventListener("keydown", (event) => {
    const keys = pressed(event);
    if (keys) {
      event.preventDefault();
      field.value = keys;
      field.select();
    }
  });
}
