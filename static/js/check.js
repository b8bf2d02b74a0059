import { startPlayer } from "./player.js";

startPlayer();
