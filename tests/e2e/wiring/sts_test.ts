import { KEY_LIMIT, SERVER_LIMIT, STS } from "./sts.ts";
import { show } from "./stage.ts";

for (const stage of [STS, KEY_LIMIT, SERVER_LIMIT]) show(stage);
