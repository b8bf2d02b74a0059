// What is seen of the player and pressed in it; what it does is in player.js.

import { clock } from "./clock.js";
import { matches } from "./keys.js";
import { t } from "./texts.js";
import { startVolume } from "./volume.js";
import { Track, Waveform } from "./waveform.js";

const LONG_STEP_SECONDS = 60;
const NEAR_PIXELS = 8;
const STEPS = { back5: -5, forward5: 5, back15: -15, forward15: 15 };
const SEEK_KEYS = {
  ArrowLeft: -5,
  ArrowDown: -5,
  ArrowRight: 5,
  ArrowUp: 5,
  PageDown: -LONG_STEP_SECONDS,
  PageUp: LONG_STEP_SECONDS,
};

export class PlayerControls {
  #flags = [];
  #sought = false;

  constructor(player) {
    const { root, duration, start, end } = player;
    this.player = player;
    this.root = root;
    this.seek = root.querySelector("[data-seek]");
    this.speed = root.querySelector("[data-speed]");
    this.loopButton = root.querySelector("[data-loop]");
    this.more = root.querySelector("[data-more]");
    this.waveform = new Waveform(root.querySelector("[data-wave]"), duration, { start, end });
    this.track = new Track(root.querySelector("[data-track]"), start, end);
  }

  start() {
    const { player, root } = this;
    this.waveform.load(root.dataset.peaks);
    startVolume(root.querySelector("[data-volume]"), player.audio);
    root.querySelector("[data-play]").addEventListener("click", () => player.toggle());
    for (const button of root.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => player.moveBy(Number(button.dataset.step)));
    }
    root.querySelector("[data-retry-audio]").addEventListener("click", () => player.retry());
    this.loopButton.addEventListener("click", () => player.markLoop());
    this.more.addEventListener("click", () => this.#toggleMore());
    this.speed.addEventListener("change", () => this.#changeSpeed());
    this.seek.addEventListener("input", () => this.#onSeek(Number(this.seek.value)));
    this.seek.addEventListener("pointerdown", () => (this.#sought = false));
    this.seek.addEventListener("click", (event) => this.#onSeekClick(event));
    this.seek.addEventListener("keydown", (event) => this.#onSeekKey(event));
    this.seek.addEventListener("pointermove", (event) => this.#nameFlag(event));
    document.addEventListener("keydown", (event) => this.#onKey(event));
    this.showLoop(player.loop);
  }

  /** Show a speed, the usual one if it is not offered, and return the one that is shown. */
  offeredSpeed(speed) {
    const offered = [...this.speed.options].some((option) => Number(option.value) === speed);
    this.speed.value = String(offered ? speed : 1);
    this.#showSpeed();
    return Number(this.speed.value);
  }

  showPosition(seconds) {
    this.waveform.moveTo(seconds);
    this.root.querySelector("[data-elapsed]").textContent = clock(seconds);
    this.seek.value = String(seconds);
    const said = t("{position} of {end}", { position: clock(seconds), end: clock(this.player.end) });
    this.seek.setAttribute("aria-valuetext", said);
  }

  showPlaying(playing) {
    this.root.classList.toggle("is-playing", playing);
    this.root.querySelector("[data-play]").setAttribute("aria-label", playing ? t("Pause") : t("Play"));
  }

  showHeard(stretches, words) {
    this.track.show(stretches);
    this.root.querySelector("[data-heard]").textContent = words;
  }

  showLoop(loop) {
    const words = loop.on ? t("End loop") : loop.marking ? t("Loop to here") : t("Loop from here");
    this.loopButton.textContent = words;
    this.waveform.showLoop(loop);
    const range = { from: clock(loop.from ?? 0), to: clock(loop.to ?? 0) };
    this.root.querySelector("[data-loop-said]").textContent = loop.on ? t("Loop from {from} to {to}", range) : "";
  }

  showFlags(flags) {
    this.#flags = flags;
    this.waveform.showFlags(flags.map((flag) => flag.at));
  }

  /** Say what is wrong with the sound, with a way to load it again where that may help. */
  say(text, canRetry = false) {
    const box = this.root.querySelector("[data-audio-message]");
    box.hidden = text === "";
    box.querySelector("[data-text]").textContent = text;
    box.querySelector("[data-retry-audio]").hidden = !canRetry;
  }

  #changeSpeed() {
    this.#showSpeed();
    this.player.setSpeed(Number(this.speed.value));
  }

  #showSpeed() {
    this.root.querySelector("[data-speed-now]").textContent = this.speed.selectedOptions[0].textContent;
  }

  #toggleMore() {
    const open = this.more.getAttribute("aria-expanded") !== "true";
    this.more.setAttribute("aria-expanded", String(open));
  }

  #nameFlag(event) {
    const box = this.seek.getBoundingClientRect();
    const distance = (flag) => Math.abs(this.waveform.pixels(flag.at) - (event.clientX - box.left));
    const near = this.#flags.filter((flag) => distance(flag) <= NEAR_PIXELS);
    this.seek.title = near.map((flag) => flag.label).join(", ");
  }

  #onSeek(seconds) {
    this.#sought = true;
    this.player.moveTo(seconds);
  }

  /** A click beside the playhead is one on the slider's thumb to the browser, which does not move it. */
  #onSeekClick(event) {
    if (!this.#sought) {
      const box = this.seek.getBoundingClientRect();
      this.player.moveTo(this.waveform.secondsAt(event.clientX - box.left));
    }
  }

  #onSeekKey(event) {
    if (event.key in SEEK_KEYS && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.player.moveBy(SEEK_KEYS[event.key]);
    }
  }

  #onKey(event) {
    const step = Object.keys(STEPS).find((name) => matches(event, name));
    if (step) {
      this.player.moveBy(STEPS[step]);
    } else if (matches(event, "play")) {
      this.player.toggle();
    } else if (matches(event, "loop")) {
      this.player.markLoop();
    } else if (matches(event, "slower") || matches(event, "faster")) {
      this.#stepSpeed(matches(event, "faster") ? 1 : -1);
    } else {
      return;
    }
    event.preventDefault();
  }

  #stepSpeed(direction) {
    const place = this.speed.selectedIndex + direction;
    if (place >= 0 && place < this.speed.options.length) {
      this.speed.selectedIndex = place;
      this.#changeSpeed();
    }
  }
}
