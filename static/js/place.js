/**
 * Remembers in this tab what the server may not know yet: where it stopped, how fast, since when, and stretches heard.
 * The name of the listening is a random id and says nothing of the recording.
 */
export class Place {
  constructor(listening) {
    this.key = `coder_app:player:${listening}`;
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
