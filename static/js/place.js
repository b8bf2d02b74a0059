/** Remembers where this tab stopped; the address holds a random id and nothing of the recording. */
export class Place {
  constructor(source) {
    this.key = `coder_app:player:${source}`;
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }

  keep(position, speed) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ position, speed }));
    } catch {
      // A browser that keeps nothing starts at the beginning; rating goes on.
    }
  }
}
