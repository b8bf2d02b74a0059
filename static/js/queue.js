import { Waveform } from "./waveform.js";

for (const canvas of document.querySelectorAll("canvas[data-peaks]")) {
  const waveform = new Waveform(canvas, Number(canvas.dataset.duration));
  waveform.load(canvas.dataset.peaks);
}
