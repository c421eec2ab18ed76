/**
 * What several checks look at, each thing looked at once.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import type { StateOptions } from "../../state/state_dir.ts";
import { usualStateDir } from "../../state/usual_state_dir.ts";
import type { World } from "../../world.ts";
import type { NodePlaces } from "./node_places.ts";
import { readServer, type ServerView } from "./server_view.ts";
import { readWebhook, type Webhook } from "./webhook.ts";
import { shellWord } from "../../quote.ts";

/** An installation under examination. */
export interface Examination {
  readonly world: World;
  /** Those of the server, as far as the config file can be read. */
  readonly settings: Settings;
  readonly places: NodePlaces;
  /** The state folder, as the server chooses it. */
  state(): Promise<StateOptions>;
  /** What the running server says of itself. @throws {ServerAway} if it does not answer */
  server(): Promise<ServerView>;
  /** The webhook kubeconfig; `undefined` where there is none. @throws {RamAuthError} if it cannot be used */
  webhook(): Promise<Webhook | undefined>;
  /** The command line that makes what is missing in the state, and the webhook kubeconfig. */
  initCommand(): Promise<string>;
}

/** Begins one; nothing is looked at yet. */
export function examine(
  { world, settings, places }: Pick<Examination, "world" | "settings" | "places">,
): Examination {
  const state = once(async () => {
    const ours = settings.get("state-dir");
    const stateDir = settings.setBy("state-dir") === "default" ? await usualStateDir(world, ours) : ours;
    return { stateDir, hostname: settings.get("hostname"), address: settings.get("address") };
  });
  return {
    world,
    settings,
    places,
    state,
    server: once(() => readServer(settings.get("health-port"))),
    webhook: once(() => readWebhook(world, settings.get("generate-kubeconfig"))),
    async initCommand() {
      const { stateDir, hostname, address } = await state();
      const values = {
        "-i": settings.get("cluster-id") ?? "CLUSTER_ID",
        "--state-dir": stateDir,
        "--generate-kubeconfig": settings.get("generate-kubeconfig"),
        "--hostname": hostname,
        "--address": address,
        "--port": String(settings.get("port")),
      };
      return `sudo ram-auth init ${Object.entries(values).map((words) => words.map(shellWord).join(" ")).join(" ")}`;
    },
  };
}

function once<T>(look: () => Promise<T>): () => Promise<T> {
  let looked: Promise<T> | undefined;
  return () => looked ??= look();
}
