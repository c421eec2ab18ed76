/**
 * `ram-auth doctor`: looks at an installation on a control plane node, and says what is wrong with it and what to do. It
 * changes nothing, needs nobody's token, and works where the config file, the server, STS or the API server do not.
 *
 * @module
 */

import type { Invocation } from "../command.ts";
import { apiserverChecks } from "./apiserver_checks.ts";
import { certificateChecks } from "./certificate_checks.ts";
import { makeAll } from "./check.ts";
import { clusterChecks, loadClient } from "./cluster_checks.ts";
import { configChecks } from "./config_checks.ts";
import { examine } from "./examination.ts";
import { fileChecks } from "./file_checks.ts";
import { limitChecks } from "./limit_checks.ts";
import { type NodePlaces, PLACES_OF_NODE } from "./node_places.ts";
import { asJson, asText, isSound } from "./report.ts";
import { serverChecks } from "./server_checks.ts";
import { stateChecks } from "./state_checks.ts";
import { stsChecks } from "./sts_checks.ts";
import { tokenChecks } from "./token_checks.ts";

/** Prints what was found. Exit code 1 where anything failed. */
export async function run(invocation: Invocation): Promise<number> {
  return await doctor(invocation, PLACES_OF_NODE);
}

/** The same. @param places where the files of kube-apiserver are on this node */
export async function doctor({ settings, world }: Invocation, places: NodePlaces): Promise<number> {
  const examination = examine({ world, settings, places });
  const families = [
    configChecks,
    fileChecks,
    stateChecks,
    tokenChecks,
    certificateChecks,
    serverChecks,
    limitChecks,
    stsChecks,
    apiserverChecks,
    clusterChecks,
  ];
  await loadClient(examination);
  const findings = await makeAll(families.flatMap((family) => family(examination)), world);
  world.stdout.write(settings.get("output") === "json" ? asJson(findings) : asText(findings));
  return isSound(findings) ? 0 : 1;
}
