// The page before submitting: what is heard here counts at once, and is told to the server before the form is sent.

import { shareHeard } from "./heard.js";
import { startPlayer } from "./player.js";
import { number } from "./texts.js";

const PATIENCE_MS = 4000;

const player = startPlayer();
const part = document.querySelector("[data-heard-part]");
const form = document.querySelector("[data-submit]");

/** The same rounding as everywhere: 90% must mean that 90% is reached. */
function percentHeard() {
  return Math.floor(shareHeard(player.stretches, 0, player.duration * 1000) * 100 + 1e-9);
}

function show() {
  const percent = percentHeard();
  const bar = part.querySelector("[data-share]");
  if (!bar) {
    return;
  }
  bar.value = percent;
  part.querySelector("[data-share-words]").textContent = number(percent / 100, { style: "percent" });
  if (percent >= Number(part.dataset.minimum)) {
    showEnough();
  }
}

function showEnough() {
  document.querySelectorAll("[data-too-little], [data-unheard]").forEach((one) => (one.hidden = true));
  part.querySelector("[data-enough]")?.removeAttribute("hidden");
  const missing = document.querySelector("[data-missing]");
  if (missing && !missing.querySelector("li:not([hidden])")) {
    missing.hidden = true;
  }
}

/** Wait until the server knows of what was heard, but not for long: where it does not, it asks for a reason. */
async function tellHeard() {
  const { report } = player;
  const until = Date.now() + PATIENCE_MS;
  let heard = player.playing;
  player.audio.pause();
  while ((heard || report.unsent.length) && Date.now() < until) {
    const settled = new Promise((resolve) => report.addEventListener("settled", resolve, { once: true }));
    report.send();
    await Promise.race([settled, new Promise((resolve) => window.setTimeout(resolve, until - Date.now()))]);
    heard = false;
  }
}

if (player && part) {
  player.report.addEventListener("settled", show);
}

if (player && form) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    if (player.report.unsent.length || player.playing) {
      event.preventDefault();
      await tellHeard();
      form.submit();
    }
  });
  // Back from the next page by the browser's button: the form can be sent again.
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}
