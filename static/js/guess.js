// The page on which a coder says what a recording is taken to have been: a player for its excerpt, nothing else.

import { startPlayer } from "./player.js";

startPlayer();
