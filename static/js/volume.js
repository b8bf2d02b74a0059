const KEY = "coder_app:volume";

/** The volume, the same for all recordings in this browser. Never 0: what is played silently would count as heard. */
export function startVolume(slider, audio) {
  slider.value = String(read() ?? slider.max);
  const apply = () => {
    audio.volume = Number(slider.value) / Number(slider.max);
    slider.setAttribute("aria-valuetext", `${slider.value}%`);
  };
  slider.addEventListener("input", () => {
    apply();
    keep(slider.value);
  });
  apply();
}

function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // A browser that keeps nothing starts at full volume.
  }
}
