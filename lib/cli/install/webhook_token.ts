/**
 * `ram-auth webhook-token rotate` and `webhook-token retire`: the token by which kube-apiserver asks the server, in the
 * webhook kubeconfig and, by its digest, in the state.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import type { FileReport } from "../../state/state_files.ts";
import {
  retireWebhookToken,
  rotateWebhookToken,
  type TokenChange,
  type TokenPlaces,
} from "../../state/token_rotation.ts";
import { usualStateDir } from "../../state/usual_state_dir.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { previewLines, WAS_DRY } from "./report.ts";

/** `ram-auth webhook-token rotate`. */
export const rotate = { run: runRotate };

/** `ram-auth webhook-token retire`. */
export const retire = { run: runRetire };

/** Puts a new token into the kubeconfig, and says what is left to do. */
async function runRotate({ settings, world }: Invocation): Promise<number> {
  const [places, dryRun] = [await placesOf(settings, world), settings.get("dry-run")];
  const change = await rotateWebhookToken(world, places, { dryRun });
  const beside = change.admitsAnyone ? "requests without a token as before" : "the old token, too";
  world.stdout.write(
    dryRun
      ? `${dryRunLines(change, places)}
The kubeconfig would get a new token. The server would accept ${beside}, until you retire that.
${WAS_DRY}
`
      : `${lines(change.files)}
A running server takes it up within a minute. It accepts ${beside}, until you retire that:
  1. restart each kube-apiserver that reads this webhook kubeconfig: it reads it once, when it starts
  2. see in /readyz?verbose of the server that reviews come with the token in force
  3. run: ram-auth webhook-token retire
`,
  );
  return 0;
}

/** Leaves the token of the kubeconfig alone in the state. */
async function runRetire({ settings, world }: Invocation): Promise<number> {
  const [places, dryRun] = [await placesOf(settings, world), settings.get("dry-run")];
  const change = await retireWebhookToken(world, places, { dryRun });
  const then = `Only who shows the token in the webhook kubeconfig ${dryRun ? "would be" : "is"} answered.\n`;
  world.stdout.write(
    dryRun ? `${dryRunLines(change, places)}\n${then}${WAS_DRY}\n` : `${lines(change.files)}\n${then}`,
  );
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

function dryRunLines({ files, kubeconfig }: TokenChange, places: TokenPlaces): string {
  return previewLines({ files, kubeconfig }, places).map((line) => `${line}\n`).join("");
}
