// Ratings on their way: keyed by item, each a score, or a reason why there is none, or neither.

import { SaveQueue } from "./save-queue.js";

export class RatingQueue extends SaveQueue {
  #segment;

  /** `segment` is 0 where the recording is rated as a whole. */
  constructor({ url, token, segment, count }) {
    super({ url, token, name: `${url}/${segment}` });
    this.#segment = segment;
    this.count = count;
  }

  state() {
    return { ...super.state(), count: this.count };
  }

  bodyOf(item, { score, reason }) {
    return { segment: this.#segment, item, score, reason };
  }

  same(one, other) {
    return Boolean(one && other) && one.score === other.score && one.reason === other.reason;
  }

  valueOf({ score, reason }) {
    return { score, reason };
  }

  wasSaved({ answered, total, form }) {
    this.count = { answered, total, form };
  }
}
