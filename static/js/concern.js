// The page on which a coder reports a concern: the time in the recording is taken from the player, and can be changed.

import { clock } from "./clock.js";
import { startPlayer } from "./player.js";

const player = startPlayer();
const field = document.getElementById("concern-time");
const take = document.querySelector("[data-take-time]");

if (player && take) {
  if (field.dataset.preset !== undefined && !field.value && player.position > 0) {
    field.value = clock(player.position);
  }
  take.hidden = false;
  take.addEventListener("click", () => {
    field.value = clock(player.position);
    field.focus();
  });
}
