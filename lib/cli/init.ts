/**
 * `ram-auth init`: makes what the server and kube-apiserver need on disk, and says what goes where.
 *
 * @module
 */

import { OPTIONS } from "../config/options.ts";
import { initialize, type InitOptions, type InitReport } from "../state/init.ts";
import type { Invocation } from "./command.ts";

/** Makes the files, and prints what became of each and what to do next. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const clusterId = settings.require("cluster-id");
  const options = {
    hostname: settings.get("hostname"),
    address: settings.get("address"),
    port: settings.get("port"),
    stateDir: settings.get("state-dir"),
    kubeconfigPath: settings.get("generate-kubeconfig"),
  };
  const report = await initialize(world, options);
  const paragraphs = [
    fileLines(report),
    copyLines(options, report),
    apiServerLines(installedAt(options.kubeconfigPath, "generate-kubeconfig")),
    ["Then start the server:", `  ram-auth server -i ${clusterId}`],
  ].filter((lines) => lines.length > 0);
  world.stdout.write(`${paragraphs.map((lines) => lines.join("\n")).join("\n\n")}\n`);
  return 0;
}

/** Where the server or kube-apiserver looks: an absolute path is its own place, a relative one is yet to be copied. */
function installedAt(path: string, option: "state-dir" | "generate-kubeconfig"): string {
  return path.startsWith("/") ? path : OPTIONS[option].default;
}

function fileLines({ files }: InitReport): string[] {
  const width = Math.max(...files.map(({ path }) => path.length));
  return files.map(({ path, status, what }) => `${status.padEnd("renewed".length)}  ${path.padEnd(width)}  ${what}`);
}

function copyLines(
  { stateDir, kubeconfigPath }: InitOptions & { readonly kubeconfigPath: string },
  { state }: InitReport,
): string[] {
  const targetDir = installedAt(stateDir, "state-dir");
  const copies = [
    ...state.files.map(({ path }) => [path, `${targetDir}/${path.slice(path.lastIndexOf("/") + 1)}`] as const),
    [kubeconfigPath, installedAt(kubeconfigPath, "generate-kubeconfig")] as const,
  ].filter(([path]) => !path.startsWith("/"));
  if (copies.length === 0) return [];
  return [
    "Copy to each control plane node, with owner and mode kept (cp -p):",
    ...copies.map(([path, target]) => `  ${path}  ->  ${target}`),
  ];
}

function apiServerLines(kubeconfig: string): string[] {
  const folder = kubeconfig.slice(0, kubeconfig.lastIndexOf("/")) || "/";
  return [
    "Give kube-apiserver the flag:",
    `  --authentication-token-webhook-config-file=${kubeconfig}`,
    `Where it runs as a static pod, mount the folder ${folder} into it at the same path (hostPath, read-only).`,
  ];
}
