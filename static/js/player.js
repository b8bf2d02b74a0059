// The player: a native audio element behind buttons of our own, so that it is small, keyboard-friendly and the same everywhere.

import { Hearing } from "./hearing.js";
import { Loop } from "./loop.js";
import { PlayerControls } from "./player-controls.js";
import { t } from "./texts.js";

const REWIND_SECONDS = 5;
const LOOK_EVERY_MS = 200;
const PATIENCE_MS = 8000;

class Player {
  #timer = null;
  #patience = null;
  #lost = null;
  #left = null;

  constructor(root) {
    this.root = root;
    this.audio = root.querySelector("audio");
    this.duration = Number(root.dataset.duration);
    this.start = Number(root.dataset.start);
    this.end = Number(root.dataset.end);
    this.loop = new Loop();
    const where = () => ({ position: this.#stoppedAt, speed: this.speed });
    this.hearing = new Hearing(root.dataset, where);
    this.listener = this.hearing.listener;
    this.controls = new PlayerControls(this);
  }

  /** Where it stands, in seconds of the whole recording; where it was lost while the audio cannot be loaded. */
  get position() {
    return this.#lost ?? this.audio.currentTime;
  }

  /** Where the coder stopped. As long as nothing moves that is not where it stands: each visit would go back further. */
  get #stoppedAt() {
    return Math.min(this.#left ?? this.position, this.duration);
  }

  get playing() {
    return !this.audio.paused;
  }

  get speed() {
    return this.audio.playbackRate;
  }

  /** All that was heard, as pairs of milliseconds. */
  get stretches() {
    return this.hearing.stretches;
  }

  get report() {
    return this.hearing.report;
  }

  open() {
    this.audio.controls = false;
    this.root.classList.add("is-ready");
    this.controls.start();
    this.#restore();
    this.#listenToAudio();
    window.addEventListener("online", () => this.#lost !== null && this.retry());
    this.#show();
    if (this.audio.error) {
      this.#fail();
    }
  }

  async toggle() {
    if (this.playing) {
      this.audio.pause();
    } else {
      await this.#play();
    }
  }

  /** Play from a moment on, in seconds of the whole recording. */
  async playFrom(seconds) {
    this.moveTo(seconds);
    await this.#play();
  }

  /** A step: from beyond the end of a loop it comes back to the loop's beginning. */
  moveBy(seconds) {
    const to = this.position + seconds;
    this.#jump(this.loop.holds(this.position) && to > this.loop.to ? this.loop.from : to);
  }

  /** A chosen moment: outside a loop it ends the loop. */
  moveTo(seconds) {
    if (this.loop.on && !this.loop.holds(seconds)) {
      this.loop.clear();
      this.controls.showLoop(this.loop);
    }
    this.#jump(seconds);
  }

  setSpeed(speed) {
    // What was heard so far was heard at the speed until now.
    this.#observe();
    this.report.send();
    this.audio.defaultPlaybackRate = speed;
    this.audio.playbackRate = speed;
    this.#moved();
  }

  /** Mark the beginning of a loop, then its end, then end it. */
  markLoop() {
    this.loop.press(this.position);
    this.controls.showLoop(this.loop);
    this.#watch();
  }

  /** Flags for notes on the waveform: a list of { at, label }, `at` in seconds. */
  showFlags(flags) {
    this.controls.showFlags(flags);
  }

  retry() {
    const { position } = this;
    this.#lost = null;
    this.controls.say("");
    this.audio.load();
    this.audio.currentTime = position;
    this.#play();
  }

  #restore() {
    const { position, speed } = this.hearing.last;
    this.#left = position;
    this.audio.currentTime = this.#within(position - REWIND_SECONDS);
    const offered = this.controls.offeredSpeed(speed);
    this.audio.defaultPlaybackRate = this.audio.playbackRate = offered;
    this.hearing.addEventListener("settled", (event) => this.#onSettled(event.detail));
    this.hearing.start();
  }

  #listenToAudio() {
    const { audio } = this;
    audio.preservesPitch = true;
    const on = (names, act) => names.split(" ").forEach((name) => audio.addEventListener(name, act));
    on("timeupdate", () => this.#onTime());
    on("play", () => this.#follow());
    on("playing", () => this.#onPlaying());
    on("seeking", () => this.listener.stop());
    on("seeked", () => this.#onSeeked());
    on("play pause", () => this.controls.showPlaying(this.playing));
    on("pause", () => this.#onPause());
    on("waiting", () => this.#waitPatiently());
    on("error", () => this.#fail());
    if ("mediaSession" in navigator) {
      // The system's media keys show a title: a constant one, whatever is played.
      navigator.mediaSession.metadata = new MediaMetadata({ title: "coder_app" });
    }
  }

  async #play() {
    if (this.#lost !== null) {
      this.retry();
      return;
    }
    if (this.position >= this.end) {
      this.#jump(this.start);
    }
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name === "NotAllowedError") {
        this.controls.say(t("The browser asks for one click first: press Play."));
      } else if (error.name !== "AbortError") {
        this.#fail();
      }
    }
  }

  #jump(seconds) {
    this.#left = null;
    this.#observe();
    this.listener.stop();
    if (this.#lost !== null) {
      this.#lost = this.#within(seconds);
    } else {
      this.audio.currentTime = this.#within(seconds);
    }
    this.#moved();
  }

  #within(seconds) {
    return Math.min(Math.max(this.start, seconds), this.end);
  }

  #onPlaying() {
    this.controls.say("");
    window.clearTimeout(this.#patience);
    this.#follow();
    this.#watch();
  }

  #follow() {
    if (this.playing && !this.audio.seeking) {
      this.#left = null;
      this.listener.start(this.audio.currentTime);
    }
  }

  #onSeeked() {
    this.#follow();
    this.#show();
    this.#watch();
  }

  #onPause() {
    this.#observe();
    this.listener.stop();
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#patience);
    this.#moved();
    this.report.send();
  }

  #onTime() {
    this.#observe();
    if (this.playing) {
      this.hearing.played();
    }
    this.#show();
  }

  #observe() {
    if (!this.audio.seeking) {
      this.listener.reach(Math.min(this.audio.currentTime, this.duration));
    }
  }

  /** Time updates come four times a second at best: the ends of loops and parts are met by a timer of our own. */
  #watch() {
    window.clearTimeout(this.#timer);
    const stop = this.loop.on ? this.loop.to : this.end < this.duration ? this.end : null;
    if (!this.playing || stop === null) {
      return;
    }
    const left = ((stop - this.audio.currentTime) / this.speed) * 1000;
    if (left > 5) {
      this.#timer = window.setTimeout(() => this.#watch(), Math.min(left, LOOK_EVERY_MS));
    } else if (this.loop.on) {
      this.#jump(this.loop.from);
    } else {
      this.listener.reach(this.end);
      this.audio.pause();
      this.#jump(this.end);
    }
  }

  #moved() {
    this.#show();
    this.hearing.moved();
  }

  #show() {
    this.controls.showPosition(this.position);
    this.controls.showHeard(this.stretches, this.hearing.describe(this.start, this.end));
  }

  #onSettled(message) {
    if (message) {
      this.controls.say(message);
    }
    this.#show();
  }

  #waitPatiently() {
    window.clearTimeout(this.#patience);
    this.#patience = window.setTimeout(() => this.#fail(), PATIENCE_MS);
  }

  /** The audio cannot be loaded, or not further: the position is kept, also where the element forgets it. */
  #fail() {
    if (this.#lost !== null) {
      return;
    }
    this.#lost = this.#within(this.audio.currentTime || this.hearing.last.position);
    this.listener.stop();
    this.audio.pause();
    this.controls.say(t("The recording could not be loaded. Your place is kept."), true);
  }
}

let player = null;

/** The page's player, started once; null on a page without a recording. */
export function startPlayer() {
  const root = document.querySelector("[data-player]");
  if (root && player === null) {
    player = new Player(root);
    player.open();
  }
  return player;
}
