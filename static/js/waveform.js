// Draws peaks that the server computed: letting the browser decode 90 minutes would take a gigabyte.

const BAR_WIDTH = 2;
const BAR_STEP = 3;
const MIN_BAR = 2;

/**
 * Reduce any number of peaks to `count` bars between 0 and 1. Each is the root mean square of its stretch: the
 * loudest peak of ten seconds is nearly the same everywhere in speech.
 */
export function barsFrom(peaks, count) {
  const bars = new Float32Array(count);
  let tallest = 1;
  for (let bar = 0; bar < count; bar += 1) {
    const start = Math.floor((bar * peaks.length) / count);
    const end = Math.max(start + 1, Math.floor(((bar + 1) * peaks.length) / count));
    let squares = 0;
    for (let place = start; place < Math.min(end, peaks.length); place += 1) {
      squares += peaks[place] ** 2;
    }
    bars[bar] = Math.sqrt(squares / (end - start));
    tallest = Math.max(tallest, bars[bar]);
  }
  return bars.map((bar) => bar / tallest);
}

export class Waveform {
  constructor(canvas, duration) {
    this.canvas = canvas;
    this.duration = duration;
    this.position = 0;
    this.peaks = [];
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#redrawWhenColoursChange();
  }

  /** Fetch the peaks; without them the line stays flat and everything else works. */
  async load(url) {
    try {
      const response = await fetch(url, { credentials: "same-origin" });
      if (response.ok) {
        this.peaks = await response.json();
      }
    } catch {
      this.peaks = [];
    }
    this.#fit();
  }

  moveTo(seconds) {
    const moved = Math.abs(this.#pixels(seconds) - this.#pixels(this.position)) >= 0.5;
    this.position = seconds;
    if (moved) {
      this.#draw();
    }
  }

  #pixels(seconds) {
    return this.duration > 0 ? (Math.min(seconds, this.duration) / this.duration) * this.canvas.clientWidth : 0;
  }

  #fit() {
    const scale = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = Math.round(clientWidth * scale);
    this.canvas.height = Math.round(clientHeight * scale);
    this.bars = barsFrom(this.peaks, Math.max(1, Math.floor(clientWidth / BAR_STEP)));
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!this.bars || width === 0) {
      return;
    }
    const colours = getComputedStyle(this.canvas);
    const context = this.canvas.getContext("2d");
    const scale = this.canvas.width / width;
    const playhead = this.#pixels(this.position);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    this.bars.forEach((bar, place) => {
      const x = place * BAR_STEP;
      const tall = Math.max(MIN_BAR, bar * height);
      context.fillStyle = colours.getPropertyValue(x < playhead ? "--accent" : "--wave");
      context.fillRect(x, (height - tall) / 2, BAR_WIDTH, tall);
    });
    if (this.position > 0) {
      context.fillStyle = colours.getPropertyValue("--bad");
      context.fillRect(Math.min(playhead, width - 2), 0, 2, height);
    }
  }

  #redrawWhenColoursChange() {
    const redraw = () => this.#draw();
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }
}
