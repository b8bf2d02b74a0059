// Draws peaks that the server computed: letting the browser decode 90 minutes would take a gigabyte.

const BAR_WIDTH = 2;
const BAR_STEP = 3;
const MIN_BAR = 2;
const FLAG = { width: 8, height: 7 };

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

/** A canvas along which the time from `start` to `end` runs; it is drawn anew when its size or its colours change. */
class Strip {
  constructor(canvas, start, end) {
    this.canvas = canvas;
    this.start = start;
    this.end = end;
    new ResizeObserver(() => this.fit()).observe(canvas);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  pixels(seconds) {
    const share = (seconds - this.start) / (this.end - this.start);
    return this.end > this.start ? Math.min(Math.max(share, 0), 1) * this.canvas.clientWidth : 0;
  }

  secondsAt(pixels) {
    return this.start + (pixels / this.canvas.clientWidth) * (this.end - this.start);
  }

  fit() {
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * scale);
    this.canvas.height = Math.round(this.canvas.clientHeight * scale);
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || this.canvas.width === 0) {
      return;
    }
    const styles = getComputedStyle(this.canvas);
    const context = this.canvas.getContext("2d");
    const scale = this.canvas.width / width;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    this.paint(context, (name) => styles.getPropertyValue(name), width, height);
  }
}

/** The track under the waveform: filled where audio was heard, so that gaps are seen. */
export class Track extends Strip {
  stretches = [];

  show(stretches) {
    this.stretches = stretches;
    this.draw();
  }

  paint(context, colour, width, height) {
    context.fillStyle = colour("--accent");
    for (const [start, end] of this.stretches) {
      const left = this.pixels(start / 1000);
      const right = this.pixels(end / 1000);
      if (right > left) {
        context.fillRect(left, 0, Math.max(1, right - left), height);
      }
    }
  }
}

/** The waveform of a recording, or of its part from `start` to `end`, with playhead, loop and flags for notes. */
export class Waveform extends Strip {
  constructor(canvas, duration, { start = 0, end = duration } = {}) {
    super(canvas, start, end);
    this.duration = duration;
    this.position = start;
    this.peaks = new Uint8Array();
    this.flags = [];
    this.loop = { from: null, to: null };
  }

  /** Fetch the peaks; without them the line stays flat and everything else works. */
  async load(url) {
    try {
      const response = await fetch(url, { credentials: "same-origin" });
      if (response.ok) {
        const all = Uint8Array.from(await response.json());
        const place = (seconds) => Math.round((seconds / this.duration) * all.length);
        this.peaks = all.slice(place(this.start), place(this.end));
      }
    } catch {
      this.peaks = new Uint8Array();
    }
    this.fit();
  }

  moveTo(seconds) {
    const moved = Math.abs(this.pixels(seconds) - this.pixels(this.position)) >= 0.5;
    this.position = seconds;
    if (moved) {
      this.draw();
    }
  }

  /** Mark moments, in seconds. */
  showFlags(moments) {
    this.flags = moments;
    this.draw();
  }

  showLoop(loop) {
    this.loop = { from: loop.from, to: loop.to };
    this.draw();
  }

  fit() {
    this.bars = barsFrom(this.peaks, Math.max(1, Math.floor(this.canvas.clientWidth / BAR_STEP)));
    super.fit();
  }

  paint(context, colour, width, height) {
    const { from, to } = this.loop;
    if (to !== null) {
      context.fillStyle = colour("--accent-tint");
      context.fillRect(this.pixels(from), 0, this.pixels(to) - this.pixels(from), height);
    }
    const playhead = this.pixels(this.position);
    this.bars?.forEach((bar, place) => {
      const x = place * BAR_STEP;
      const tall = Math.max(MIN_BAR, bar * height);
      context.fillStyle = colour(x < playhead ? "--accent" : "--wave");
      context.fillRect(x, (height - tall) / 2, BAR_WIDTH, tall);
    });
    context.fillStyle = colour("--ink");
    this.flags.forEach((moment) => this.#paintFlag(context, this.pixels(moment), width, height));
    for (const [edge, side] of [[from, 1], [to, -1]]) {
      if (edge !== null) {
        this.#paintBracket(context, this.pixels(edge), side, height);
      }
    }
    if (this.position > this.start) {
      context.fillStyle = colour("--bad");
      context.fillRect(Math.min(playhead, width - 2), 0, 2, height);
    }
  }

  #paintFlag(context, x, width, height) {
    const pole = Math.min(x, width - 1);
    const right = pole + FLAG.width <= width;
    context.fillRect(pole, 0, 1, height);
    context.fillRect(right ? pole : pole - FLAG.width, 0, FLAG.width, FLAG.height);
  }

  #paintBracket(context, x, side, height) {
    const left = side > 0 ? x : x - 2;
    context.fillRect(left, 0, 2, height);
    context.fillRect(side > 0 ? x : x - 6, 0, 6, 2);
    context.fillRect(side > 0 ? x : x - 6, height - 2, 6, 2);
  }
}
