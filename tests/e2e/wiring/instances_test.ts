import { INSTANCES } from "./instances.ts";
import { show } from "./stage.ts";

show(INSTANCES);
