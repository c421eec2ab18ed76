/**
 * `ram-auth dev`: the whole product on loopback, and what to try with it.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../emulator/aws/principals.ts";
import { createLog } from "../../telemetry/log.ts";
import type { Invocation } from "../command.ts";
import { credentialVariables, type DevEnvironment, startDevEnvironment } from "./dev_environment.ts";

/** Runs until Ctrl-C or SIGTERM, and leaves nothing behind. */
export async function run({ world, stopSignal }: Invocation): Promise<number> {
  const signal = await stopSignal();
  const log = createLog(world, { format: "text", level: "info" });
  await using environment = await startDevEnvironment(world, log);
  const paragraphs = [
    placeLines(environment),
    principalLines(),
    ...(Deno.build.standalone ? [] : [sourceLines()]),
    commandLines(environment),
    ["Ctrl-C stops everything and removes the folder."],
  ];
  world.stdout.write(`${paragraphs.map((lines) => lines.join("\n")).join("\n\n")}\n`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return 0;
}

function placeLines({ folder, configFile, clusterId, serverUrl, healthUrl, emulator }: DevEnvironment): string[] {
  return [
    `What runs, for the cluster id ${clusterId}:`,
    `  server        ${serverUrl}/authenticate`,
    `  health        ${healthUrl}/readyz`,
    `  STS emulator  https://${emulator.host}`,
    `  files         ${folder}`,
    `  mappings      ${configFile} (edit it: the server notices)`,
  ];
}

function principalLines(): string[] {
  const people = [...Object.entries(DEMO_PRINCIPALS), ...Object.entries(DEMO_AWS_PRINCIPALS)];
  const exports = people.flatMap(([name, principal]) => {
    const variables = Object.entries(credentialVariables(principal)).map(([key, value]) => `${key}='${value}'`);
    return [`  # ${name}: ${principal.identity.Arn}`, `  export ${variables.join(" ")}`];
  });
  return ["Who you can be, in another terminal (the keys are made up; not all are mapped, try bob):", ...exports];
}

function sourceLines(): string[] {
  const main = decodeURIComponent(new URL("../../../main.ts", import.meta.url).pathname);
  return [
    "Running from source, so that the commands below work as they stand:",
    `  ram-auth() { '${Deno.execPath()}' run --no-prompt --allow-env --allow-read --allow-net '${main}' "$@"; }`,
  ];
}

function commandLines(
  { clusterId, emulator, stsCaFile, caFile, serverUrl, healthUrl, webhookKubeconfig }: DevEnvironment,
): string[] {
  const place = `--sts-endpoint ${emulator.host} --sts-ca-file '${stsCaFile}'`;
  const mint = `ram-auth token -i ${clusterId} --token-only ${place}`;
  const review = `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"%s"}}`;
  return [
    "What to try:",
    "  # a token",
    `  ${mint}`,
    "  # what a server would say of it, step by step",
    `  ${mint} | ram-auth verify -i ${clusterId} -t - --sts-hosts ${emulator.host} ${place}`,
    "  # the same, as a role that you assume (with keys of AWS)",
    `  ${mint} -r arn:aws:iam::${DEMO_AWS_PRINCIPALS.dave.identity.Account}:role/ClusterAdmin`,
    "  # the question that kube-apiserver asks",
    `  printf '${review}' "$(${mint})" | curl -sS --cacert '${caFile}' -H 'content-type: application/json' ` +
    `--data-binary @- ${serverUrl}/authenticate`,
    "  # whether the server is ready, and with how many rules",
    `  curl -sS '${healthUrl}/readyz?verbose'`,
    "  # the flag for a kube-apiserver on this machine",
    `  --authentication-token-webhook-config-file=${webhookKubeconfig}`,
  ];
}
