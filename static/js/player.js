// The player: a native audio element behind buttons of our own, so that it is small, keyboard-friendly and the same everywhere.

import { Hearing } from "./hearing.js";
import { Loop } from "./loop.js";
import { PlayerControls } from "./player-controls.js";
import { Sound } from "./sound.js";
import { Stops } from "./stops.js";
import { t } from "./texts.js";

const REWIND_SECONDS = 5;

class Player {
  #begun = false;

  constructor(root) {
    this.root = root;
    this.audio = root.querySelector("audio");
    this.duration = Number(root.dataset.duration);
    this.start = Number(root.dataset.start);
    this.end = Number(root.dataset.end);
    this.sound = new Sound(this.audio, (seconds) => this.#within(seconds || this.hearing.last.position));
    this.loop = new Loop();
    this.stops = new Stops({ left: () => this.#leftToStop(), reached: () => this.#onStop() });
    const where = () => ({ position: this.#stoppedAt, speed: this.speed });
    this.hearing = new Hearing(root.dataset, where);
    this.listener = this.hearing.listener;
    this.controls = new PlayerControls(this);
  }

  /** Where it stands, in seconds of the whole recording; where it was lost while the audio cannot be loaded. */
  get position() {
    return this.sound.position;
  }

  /** Where the coder stopped: not where it stands before anything has moved, or each visit would go back further. */
  get #stoppedAt() {
    return Math.min(this.#begun ? this.position : this.hearing.last.position, this.duration);
  }

  get playing() {
    return this.sound.playing;
  }

  get speed() {
    return this.sound.speed;
  }

  /** All that was heard, as pairs of milliseconds. */
  get stretches() {
    return this.hearing.stretches;
  }

  get report() {
    return this.hearing.report;
  }

  open() {
    this.root.classList.add("is-ready");
    this.controls.start();
    this.#restore();
    this.#listenToAudio();
    this.sound.start();
    this.#show();
  }

  async toggle() {
    if (this.playing) {
      this.sound.pause();
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
    this.sound.speed = speed;
    this.#moved();
  }

  /** Mark the beginning of a loop, then its end, then end it. */
  markLoop() {
    this.loop.press(this.position);
    this.controls.showLoop(this.loop);
    this.stops.watch();
  }

  /** Flags for notes on the waveform: a list of { at, label }, `at` in seconds. */
  showFlags(flags) {
    this.controls.showFlags(flags);
  }

  /** Load the recording again and go on where it was lost. */
  retry() {
    this.sound.play();
  }

  #restore() {
    const { position, speed } = this.hearing.last;
    this.sound.moveTo(this.#within(position - REWIND_SECONDS));
    this.sound.speed = this.controls.offeredSpeed(speed);
    this.hearing.addEventListener("settled", (event) => this.#onSettled(event.detail));
    this.hearing.start();
  }

  #listenToAudio() {
    const on = (names, act) => names.split(" ").forEach((name) => this.audio.addEventListener(name, act));
    on("timeupdate", () => this.#onTime());
    on("play", () => this.#follow());
    on("playing", () => this.#onPlaying());
    on("seeking", () => this.listener.stop());
    on("seeked", () => this.#onSeeked());
    on("play pause", () => this.controls.showPlaying(this.playing));
    on("pause", () => this.#onPause());
    this.sound.addEventListener("found", () => this.controls.say(""));
    this.sound.addEventListener("lost", () => this.#onLost());
    this.sound.addEventListener("blocked", () =>
      this.controls.say(t("The browser asks for one click first: press Play.")),
    );
    if ("mediaSession" in navigator) {
      // The system's media keys show a title: a constant one, whatever is played.
      navigator.mediaSession.metadata = new MediaMetadata({ title: "coder_app" });
    }
  }

  async #play() {
    if (this.position >= this.end) {
      this.#jump(this.start);
    }
    await this.sound.play();
  }

  #jump(seconds) {
    this.#begun = true;
    this.#observe();
    this.listener.stop();
    this.sound.moveTo(this.#within(seconds));
    this.#moved();
  }

  #within(seconds) {
    return Math.min(Math.max(this.start, seconds), this.end);
  }

  #onPlaying() {
    this.controls.say("");
    this.#follow();
    this.stops.watch();
  }

  #follow() {
    if (this.playing && !this.audio.seeking) {
      this.#begun = true;
      this.listener.start(this.audio.currentTime);
    }
  }

  #onSeeked() {
    this.#follow();
    this.#show();
    this.stops.watch();
  }

  #onPause() {
    this.#observe();
    this.listener.stop();
    this.stops.watch();
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

  #leftToStop() {
    const stop = this.loop.on ? this.loop.to : this.end < this.duration ? this.end : null;
    return this.playing && stop !== null ? ((stop - this.audio.currentTime) / this.speed) * 1000 : null;
  }

  #onStop() {
    if (this.loop.on) {
      this.#jump(this.loop.from);
    } else {
      this.listener.reach(this.end);
      this.sound.pause();
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

  #onLost() {
    this.listener.stop();
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
