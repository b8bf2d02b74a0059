// Switches the palette at once and tells the server; without this script the button sends a plain form.

const form = document.querySelector("[data-theme-form]");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  // The button that was pressed has made room for the other one.
  form.querySelector(`button:not([value="${theme}"])`).focus();
  // Where it cannot be kept the page is shown as asked all the same.
  fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value, theme }),
  }).catch(() => {});
});
