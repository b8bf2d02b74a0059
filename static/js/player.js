// The player: a native audio element behind buttons of our own, so that it is small, keyboard-friendly and the same everywhere.

import { clock } from "./clock.js";
import { isTyping, letterOf } from "./keys.js";
import { Place } from "./place.js";
import { Waveform } from "./waveform.js";

const REWIND_SECONDS = 5;
const LONG_STEP_SECONDS = 60;
const KEEP_EVERY_MS = 1000;

class Player {
  constructor(root) {
    this.root = root;
    this.audio = root.querySelector("audio");
    this.duration = Number(root.dataset.duration);
    this.seek = root.querySelector("[data-seek]");
    this.speed = root.querySelector("[data-speed]");
    this.waveform = new Waveform(root.querySelector("canvas"), this.duration);
    this.place = new Place(this.audio.getAttribute("src"));
    this.keptAt = 0;
  }

  start() {
    this.audio.controls = false;
    this.root.classList.add("is-ready");
    this.#restore();
    this.#listenToAudio();
    this.#listenToControls();
    document.addEventListener("keydown", (event) => this.#onKey(event));
    window.addEventListener("pagehide", () => this.#keep());
    this.waveform.load(this.root.dataset.peaks);
    this.#show();
    if (this.audio.error) {
      this.#failed();
    }
  }

  async toggle() {
    if (!this.audio.paused) {
      this.audio.pause();
      return;
    }
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name === "NotAllowedError") {
        this.#say("The browser asks for one click first: press Play.");
      } else if (error.name !== "AbortError") {
        this.#failed();
      }
    }
  }

  moveBy(seconds) {
    this.moveTo(this.audio.currentTime + seconds);
  }

  moveTo(seconds) {
    this.audio.currentTime = Math.min(Math.max(0, seconds), this.duration);
    this.#show();
    this.#keep();
  }

  #restore() {
    const kept = this.place.read();
    const position = kept.position ?? 0;
    this.audio.currentTime = Math.max(0, Math.min(position, this.duration) - REWIND_SECONDS);
    if (kept.speed && [...this.speed.options].some((option) => Number(option.value) === kept.speed)) {
      this.speed.value = String(kept.speed);
    }
    this.#applySpeed();
  }

  #listenToAudio() {
    const { audio } = this;
    audio.preservesPitch = true;
    audio.addEventListener("timeupdate", () => this.#onTime());
    audio.addEventListener("seeked", () => this.#show());
    audio.addEventListener("play", () => this.#showPlaying(true));
    audio.addEventListener("pause", () => {
      this.#showPlaying(false);
      this.#keep();
    });
    audio.addEventListener("error", () => this.#failed());
    audio.addEventListener("playing", () => this.#say(""));
    if ("mediaSession" in navigator) {
      // The system's media keys show a title: a constant one, whatever is played.
      navigator.mediaSession.metadata = new MediaMetadata({ title: "coder_app" });
    }
  }

  #listenToControls() {
    this.root.querySelector("[data-play]").addEventListener("click", () => this.toggle());
    for (const button of this.root.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.moveBy(Number(button.dataset.step)));
    }
    this.root.querySelector("[data-retry-audio]").addEventListener("click", () => this.#retry());
    this.speed.addEventListener("change", () => this.#applySpeed());
    this.seek.addEventListener("input", () => this.moveTo(Number(this.seek.value)));
    this.seek.addEventListener("keydown", (event) => this.#onSeekKey(event));
  }

  #onSeekKey(event) {
    const steps = {
      ArrowLeft: -5,
      ArrowDown: -5,
      ArrowRight: 5,
      ArrowUp: 5,
      PageDown: -LONG_STEP_SECONDS,
      PageUp: LONG_STEP_SECONDS,
    };
    if (event.key in steps && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.moveBy(steps[event.key]);
    }
  }

  #onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || isTyping(event.target)) {
      return;
    }
    // In a list that may be open Esc closes it, and nothing more.
    if (event.key === "Escape" && !event.altKey && !event.repeat && event.target.tagName !== "SELECT") {
      this.toggle();
      return;
    }
    const direction = event.altKey ? { j: -1, l: 1 }[letterOf(event)] : undefined;
    if (direction) {
      event.preventDefault();
      this.moveBy(direction * (event.shiftKey ? 15 : 5));
    }
  }

  #applySpeed() {
    this.audio.defaultPlaybackRate = Number(this.speed.value);
    this.audio.playbackRate = Number(this.speed.value);
    this.#keep();
  }

  #onTime() {
    this.#show();
    if (Date.now() - this.keptAt > KEEP_EVERY_MS) {
      this.#keep();
    }
  }

  #keep() {
    this.keptAt = Date.now();
    this.place.keep(this.audio.currentTime, Number(this.speed.value));
  }

  #show() {
    const position = this.audio.currentTime;
    this.waveform.moveTo(position);
    this.root.querySelector("[data-elapsed]").textContent = clock(position);
    this.seek.value = String(position);
    this.seek.setAttribute("aria-valuetext", `${clock(position)} of ${clock(this.duration)}`);
  }

  #showPlaying(playing) {
    this.root.classList.toggle("is-playing", playing);
    this.root.querySelector("[data-play]").setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  #say(text) {
    const box = this.root.querySelector("[data-audio-message]");
    box.hidden = text === "";
    box.querySelector("[data-text]").textContent = text;
    box.querySelector("[data-retry-audio]").hidden = true;
  }

  #failed() {
    this.#say("The recording could not be loaded.");
    this.root.querySelector("[data-retry-audio]").hidden = false;
  }

  #retry() {
    const { currentTime } = this.audio;
    this.#say("");
    this.audio.load();
    this.audio.currentTime = currentTime;
    this.toggle();
  }
}

let player = null;

/** The page's player, started once; null on a page without a recording. */
export function startPlayer() {
  const root = document.querySelector("[data-player]");
  if (root && player === null) {
    player = new Player(root);
    player.start();
  }
  return player;
}
