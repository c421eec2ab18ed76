import { NETWORK } from "./network.ts";
import { show } from "./stage.ts";

show(NETWORK);
