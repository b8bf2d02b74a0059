// Copies a text of the page; without this script it is selected by hand.

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const status = document.getElementById(button.dataset.copied);
  button.hidden = false;
  button.addEventListener("click", async () => {
    status.textContent = (await copy(text)) ? "Copied" : "Selected: copy it with your keyboard";
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text.innerText);
    return true;
  } catch {
    // Over plain HTTP there is no clipboard: what is selected can be copied by hand.
    getSelection().selectAllChildren(text);
    return false;
  }
}
