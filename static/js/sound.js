// The audio element. While the recording cannot be loaded the place is kept here, as the element itself forgets it.

const PATIENCE_MS = 8000;

/** Dispatches "blocked" where the browser asks for a click first, "lost" where nothing comes, and "found" after that. */
export class Sound extends EventTarget {
  #lost = null;
  #patience = null;
  #place;

  /** `place(seconds)` is where it stands for what the element says, which is 0 while nothing is loaded. */
  constructor(audio, place) {
    super();
    this.audio = audio;
    this.#place = place;
  }

  /** In seconds of the whole recording. */
  get position() {
    return this.#lost ?? this.audio.currentTime;
  }

  get playing() {
    return !this.audio.paused;
  }

  get speed() {
    return this.audio.playbackRate;
  }

  set speed(speed) {
    this.audio.defaultPlaybackRate = speed;
    this.audio.playbackRate = speed;
  }

  start() {
    this.audio.controls = false;
    this.audio.preservesPitch = true;
    const stopWaiting = () => window.clearTimeout(this.#patience);
    this.audio.addEventListener("playing", stopWaiting);
    this.audio.addEventListener("pause", stopWaiting);
    this.audio.addEventListener("waiting", () => this.#waitPatiently());
    this.audio.addEventListener("error", () => this.#lose());
    window.addEventListener("online", () => this.#lost !== null && this.play());
    if (this.audio.error) {
      this.#lose();
    }
  }

  /** Play, from where it was lost if it was. */
  async play() {
    if (this.#lost !== null) {
      this.#reload();
    }
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name === "NotAllowedError") {
        this.dispatchEvent(new Event("blocked"));
      } else if (error.name !== "AbortError") {
        this.#lose();
      }
    }
  }

  pause() {
    this.audio.pause();
  }

  moveTo(seconds) {
    if (this.#lost !== null) {
      this.#lost = seconds;
    } else {
      this.audio.currentTime = seconds;
    }
  }

  #reload() {
    const { position } = this;
    this.#lost = null;
    this.dispatchEvent(new Event("found"));
    this.audio.load();
    this.audio.currentTime = position;
  }

  #waitPatiently() {
    window.clearTimeout(this.#patience);
    this.#patience = window.setTimeout(() => this.#lose(), PATIENCE_MS);
  }

  #lose() {
    if (this.#lost === null) {
      this.#lost = this.#place(this.audio.currentTime);
      this.dispatchEvent(new Event("lost"));
      this.audio.pause();
    }
  }
}
