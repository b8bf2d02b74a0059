// Pages on which a lead listens and marks stretches, or a contact listens: the browser's own player, the waveform above it, buttons that read its position.

import { Waveform } from "./waveform.js";

const SECONDS_BEFORE = 2;
const KEPT = `coder_app:listen:${location.pathname}`;

/** Write a position as 01:23.4, or as 1:01:23.4 from an hour on; the fields take it so. */
export function position(tenths) {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(tenths / 36000);
  const minutes = Math.floor(tenths / 600) % 60;
  const ahead = hours ? `${hours}:${two(minutes)}` : two(minutes);
  return `${ahead}:${two(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
}

class Listening {
  constructor(card) {
    this.card = card;
    this.audio = card.querySelector("audio");
    this.duration = Number(card.dataset.duration);
    this.wave = card.querySelector("[data-wave]");
  }

  start() {
    for (const hidden of document.querySelectorAll("[data-wave], [data-listen-keys], [data-mark], [data-hear]")) {
      hidden.hidden = false;
    }
    this.waveform = new Waveform(this.wave.querySelector("canvas"), this.duration);
    this.waveform.load(this.card.dataset.peaks);
    this.#drawStretches();
    this.#listen();
    this.#restore();
    this.#show();
    if ("mediaSession" in navigator) {
      // The system's media keys show a title: a constant one, whatever is played.
      navigator.mediaSession.metadata = new MediaMetadata({ title: "coder_app" });
    }
  }

  #listen() {
    for (const name of ["timeupdate", "seeked"]) {
      this.audio.addEventListener(name, () => this.#show());
    }
    this.wave.addEventListener("click", (event) => {
      const box = this.wave.getBoundingClientRect();
      this.#moveTo(((event.clientX - box.left) / box.width) * this.duration);
    });
    for (const button of document.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.#moveTo(this.audio.currentTime + Number(button.dataset.step)));
    }
    for (const button of document.querySelectorAll("[data-mark]")) {
      button.addEventListener("click", () => this.#mark(button.dataset.mark));
    }
    for (const row of document.querySelectorAll("[data-stretch]")) {
      row.querySelector("[data-hear]").addEventListener("click", () => this.#hear(Number(row.dataset.from)));
    }
  }

  // Adding a stretch opens the page again; who works through 90 minutes goes on where that was.
  #restore() {
    this.audio.currentTime = Number(this.card.dataset.from ?? 0);
    try {
      this.audio.currentTime = Number(sessionStorage.getItem(KEPT)) || this.audio.currentTime;
      window.addEventListener("pagehide", () => sessionStorage.setItem(KEPT, String(this.audio.currentTime)));
    } catch {
      // A browser that keeps nothing starts at the beginning.
    }
  }

  #moveTo(seconds) {
    this.audio.currentTime = Math.min(Math.max(0, seconds), this.duration);
    this.#show();
  }

  #hear(from) {
    this.#moveTo(from - SECONDS_BEFORE);
    // A browser that wants a click on the player first leaves it at the place.
    this.audio.play().catch(() => this.audio.focus());
  }

  // Rounded away from the stretch, so that nothing that was heard in it is left outside.
  #mark(which) {
    const tenths = this.audio.currentTime * 10;
    const marked = position(which === "start" ? Math.floor(tenths) : Math.ceil(tenths));
    document.getElementById(which).value = marked;
    document.querySelector("[data-marked]").textContent = `${which === "start" ? "Start" : "End"}: ${marked}`;
  }

  #show() {
    this.waveform.moveTo(this.audio.currentTime);
    this.card.querySelector("[data-position]").textContent = position(Math.floor(this.audio.currentTime * 10));
  }

  #drawStretches() {
    for (const row of document.querySelectorAll("[data-stretch]")) {
      const { from, to, muted } = row.dataset;
      const band = document.createElement("span");
      band.className = muted === undefined ? "listen-band" : "listen-band is-muted";
      band.style.left = `${(from / this.duration) * 100}%`;
      band.style.width = `${((to - from) / this.duration) * 100}%`;
      this.wave.append(band);
    }
  }
}

const card = document.querySelector("[data-listen]");
if (card) {
  new Listening(card).start();
}
