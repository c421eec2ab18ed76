import { BOUND, NODE } from "./node.ts";
import { show } from "./stage.ts";

for (const stage of [NODE, BOUND]) show(stage);
