/**
 * `ram-auth dev`: the whole product on loopback, and what to try with it.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../emulator/aws/principals.ts";
import type { Principal } from "../../emulator/principal.ts";
import { createLog } from "../../telemetry/log.ts";
import type { Invocation } from "../command.ts";
import { credentialVariables, type DevEnvironment, startDevEnvironment } from "./dev_environment.ts";

/** Runs until Ctrl-C or SIGTERM, and leaves nothing behind. */
export async function run({ world, stopSignal }: Invocation): Promise<number> {
  const signal = await stopSignal();
  const log = createLog(world, { format: "text", level: "info" });
  await using environment = await startDevEnvironment(world, log);
  const paragraphs = [
    runningLines(environment),
    ...(Deno.build.standalone ? [] : [sourceLines()]),
    commandLines(environment),
    principalLines(),
    ["Ctrl-C stops everything and removes the folder."],
  ];
  world.stdout.write(`${paragraphs.map((lines) => lines.join("\n")).join("\n\n")}\n`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return 0;
}

function runningLines({ folder, configFile, clusterId, serverUrl, healthUrl, emulator }: DevEnvironment): string[] {
  return [
    `Running, for the cluster id ${clusterId}:`,
    `  server        ${serverUrl}/authenticate`,
    `  health        ${healthUrl}/readyz`,
    `  STS emulator  https://${emulator.host}`,
    `  files         ${folder}`,
    `  mappings      ${configFile} (edit it: the server reloads it)`,
  ];
}

function principalLines(): string[] {
  const people = [...Object.entries(DEMO_PRINCIPALS), ...Object.entries(DEMO_AWS_PRINCIPALS)];
  const exports = people.flatMap((
    [name, principal],
  ) => [`  # ${name}: ${principal.identity.Arn}`, exportLine(principal)]);
  return ["Demo identities and their keys (made up; not all of them are mapped, try bob):", ...exports];
}

function exportLine(principal: Principal): string {
  const variables = Object.entries(credentialVariables(principal)).map(([key, value]) => `${key}='${value}'`);
  return `  export ${variables.join(" ")}`;
}

function sourceLines(): string[] {
  const main = decodeURIComponent(new URL("../../../main.ts", import.meta.url).pathname);
  return [
    "To run the commands below from source, define this in another terminal first:",
    `  ram-auth() { '${Deno.execPath()}' run --no-prompt --allow-env --allow-read --allow-net '${main}' "$@"; }`,
  ];
}

function commandLines(
  { clusterId, emulator, stsCaFile, caFile, serverUrl, healthUrl, webhookKubeconfig }: DevEnvironment,
): string[] {
  const sts = `--sts-endpoint ${emulator.host} --sts-ca-file '${stsCaFile}'`;
  const mint = `ram-auth token -i ${clusterId} --token-only ${sts}`;
  const review = `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"%s"}}`;
  return [
    "What to try, in another terminal:",
    "  # use dave's keys",
    exportLine(DEMO_AWS_PRINCIPALS.dave),
    "  # sign a token",
    `  ${mint}`,
    "  # verify it as the server would, step by step",
    `  ${mint} | ram-auth verify -i ${clusterId} -t - --sts-hosts ${emulator.host} ${sts}`,
    "  # assume a role first",
    `  ${mint} -r arn:aws:iam::${DEMO_AWS_PRINCIPALS.dave.identity.Account}:role/ClusterAdmin`,
    "  # ask the server as kube-apiserver does, with the token in the webhook kubeconfig",
    `  printf '${review}' "$(${mint})" | curl -sS --cacert '${caFile}' -H 'content-type: application/json' ` +
    `-H "authorization: Bearer $(sed -n 's/^ *token: //p' '${webhookKubeconfig}')" --data-binary @- ${serverUrl}/authenticate`,
    "  # show whether the server is ready, and its rules",
    `  curl -sS '${healthUrl}/readyz?verbose'`,
    "  # point a kube-apiserver on this machine at the server",
    `  --authentication-token-webhook-config-file=${webhookKubeconfig}`,
  ];
}
