import { DELEGATE, DYNAMIC, KUBECONFIG, MASTER } from "./sources.ts";
import { show } from "./stage.ts";

for (const stage of [KUBECONFIG, MASTER, DYNAMIC, DELEGATE]) show(stage);
