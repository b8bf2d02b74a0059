/**
 * Remembers in this tab what the server may not know yet: where it stopped, how fast, since when, and stretches heard.
 * The address holds a random id and nothing of the recording.
 */
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

  keep({ position, speed, since, unsent }) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ position, speed, since, unsent }));
    } catch {
      // A browser that keeps nothing starts where the server says; rating goes on.
    }
  }
}
