import { PEOPLE } from "./people.ts";
import { show } from "./stage.ts";

show(PEOPLE);
