/**
 * `ram-auth webhook-token rotate` and `webhook-token retire`: the token by which kube-apiserver asks the server, in the
 * webhook kubeconfig and, by its digest, in the state.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import type { FileReport } from "../../state/state_files.ts";
import { retireWebhookToken, rotateWebhookToken, type TokenPlaces } from "../../state/token_rotation.ts";
import { usualStateDir } from "../../state/usual_state_dir.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";

/** `ram-auth webhook-token rotate`. */
export const rotate = { run: runRotate };

/** `ram-auth webhook-token retire`. */
export const retire = { run: runRetire };

/** Puts a new token into the kubeconfig, and says what is left to do. */
async function runRotate({ settings, world }: Invocation): Promise<number> {
  const { files, admitsAnyone } = await rotateWebhookToken(world, await placesOf(settings, world));
  world.stdout.write(`${lines(files)}
A running server takes it up within a minute. It accepts ${
    admitsAnyone ? "requests without a token as before" : "the old token, too"
  }, until you retire that:
  1. restart each kube-apiserver that reads this webhook kubeconfig: it reads it once, when it starts
  2. see in /readyz?verbose of the server that reviews come with the token in force
  3. run: ram-auth webhook-token retire
`);
  return 0;
}

/** Leaves the token of the kubeconfig alone in the state. */
async function runRetire({ settings, world }: Invocation): Promise<number> {
  const { files } = await retireWebhookToken(world, await placesOf(settings, world));
  world.stdout.write(`${lines(files)}\nOnly who shows the token in the webhook kubeconfig is answered.\n`);
  return 0;
}

async function placesOf(settings: Settings, world: World): Promise<TokenPlaces> {
  const stateDir = settings.get("state-dir");
  const isGiven = settings.setBy("state-dir") !== "default";
  return {
    stateDir: isGiven ? stateDir : await usualStateDir(world, stateDir),
    kubeconfigPath: settings.get("generate-kubeconfig"),
  };
}

function lines(files: readonly FileReport[]): string {
  return files.map(({ status, path, what }) => `${status}  ${path}  ${what}\n`).join("");
}
