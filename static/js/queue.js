// The queue: one key goes on where the coder stopped, and the card shows what of that recording was heard.

import { clock } from "./clock.js";
import { matches } from "./keys.js";
import { Place } from "./place.js";
import { Track, Waveform } from "./waveform.js";

const REWIND_SECONDS = 5;

const resume = document.querySelector("[data-resume]");
const sound = document.querySelector("[data-sound]");

/** Where this tab has stopped, when that is news to the server, else what the server knows; in seconds. */
function findPosition({ place, known }) {
  const { position, ago } = JSON.parse(known);
  const kept = new Place(place).read();
  return kept.since > Date.now() - ago ? kept.position : position / 1000;
}

function showPosition(position) {
  const [start, end] = JSON.parse(sound.dataset.part);
  const startsAt = Math.min(Math.max(start, position - REWIND_SECONDS), end);
  document.querySelector("[data-position]").textContent = clock(position);
  document.querySelector("[data-starts-at]").textContent = clock(startsAt);
}

function showSound() {
  const duration = Number(sound.dataset.duration);
  const waveform = new Waveform(sound.querySelector(".current-wave"), duration);
  waveform.load(sound.dataset.sound);
  waveform.showFlags(JSON.parse(sound.dataset.flags ?? "[]"));
  if (sound.dataset.known) {
    const position = findPosition(sound.dataset);
    showPosition(position);
    waveform.moveTo(position);
    new Track(sound.querySelector(".current-track"), 0, duration).show(JSON.parse(sound.dataset.known).stretches);
  }
}

if (sound) {
  showSound();
}
if (resume) {
  document.addEventListener("keydown", (event) => {
    if (matches(event, "resume")) {
      event.preventDefault();
      resume.click();
    }
  });
  document.querySelector("[data-resume-keys]")?.removeAttribute("hidden");
}
