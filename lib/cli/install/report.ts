/**
 * What `init` says: what became of each file, or would become of it, and what is left to do. Text alone.
 *
 * @module
 */

import { OPTIONS } from "../../config/options.ts";
import type { InitPreview } from "../../state/init.ts";
import { nameOf } from "../../files.ts";
import type { FileReport } from "../../state/state_files.ts";
import { ADMIN_GROUP, type FirstAdmin } from "./first_admin.ts";
import { modeText } from "./install.ts";
import { PLACES, STATE_DIR, WEBHOOK_KUBECONFIG } from "./node_files.ts";
import type { Fate, PlannedFile } from "./planned_file.ts";
import { withoutSecrets } from "../redact.ts";
import { unifiedDiff } from "../unified_diff.ts";
import { shellWord } from "../../quote.ts";

/** What the report goes by. */
export interface InitFacts {
  readonly clusterId: string;
  readonly isInstall: boolean;
  /** Whether program, unit and user are those of a package. */
  readonly byPackage: boolean;
  readonly root: string | undefined;
  readonly options: { readonly stateDir: string; readonly kubeconfigPath: string };
  readonly admin: FirstAdmin | undefined;
}

/** What was made, and what to do next. */
export function initText(planned: readonly PlannedFile[], made: readonly FileReport[], facts: InitFacts): string {
  const lines = [...planned.map(({ fate, ...file }) => ({ ...file, status: fate })), ...made];
  const width = Math.max(...lines.map(({ path }) => path.length));
  const isChanged = lines.some(({ status }) => status !== "kept" && status !== "differs");
  return paragraphs([
    lines.map(({ path, status, what }) => `${status.padEnd("renewed".length)}  ${path.padEnd(width)}  ${what}`),
    isChanged ? [] : ["Nothing was changed."],
    adminLines(facts.admin),
    ...planned.filter(({ fate }) => fate === "differs").map(differenceLines),
    facts.isInstall ? installLines(planned, facts) : copyLines(planned, made, facts),
    facts.isInstall ? [] : apiServerLines(installedAt(facts.options.kubeconfigPath, "generate-kubeconfig")),
    facts.isInstall ? [] : startLines(facts),
  ]);
}

const WOULD = {
  written: "would write",
  renewed: "would replace",
  mended: "would mend",
  removed: "would remove",
  kept: "would keep",
  differs: "would leave",
} as const satisfies Record<Fate | FileReport["status"], string>;

/** What ends a dry run. */
export const WAS_DRY = "Nothing was changed: this was a dry run.";

/** What would be made. */
export function dryRunText(planned: readonly PlannedFile[], preview: InitPreview, facts: InitFacts): string {
  const owner = facts.isInstall && facts.root === undefined ? "root" : "you";
  return paragraphs([
    [
      ...planned.flatMap(({ fate, change, ...file }) => [
        wouldLine(fate, file, owner),
        ...(change === undefined ? [] : diffLines(file.path, change)),
      ]),
      ...previewLines(preview, facts.options, owner),
    ],
    adminLines(facts.admin),
    [
      ...(facts.isInstall ? [`systemd gives ${STATE_DIR} to the user of the service when it starts it.`] : []),
      WAS_DRY,
    ],
  ]);
}

/**
 * What would become of the state and of the webhook kubeconfig, with what changes in that. No credentials are in it.
 *
 * @param owner who will own the files; `undefined` where that stays as it is
 */
export function previewLines(
  { files, kubeconfig }: InitPreview,
  { kubeconfigPath }: { readonly kubeconfigPath: string },
  owner?: string,
): string[] {
  return files.flatMap(({ status, ...file }) => [
    wouldLine(status, file, owner),
    ...(kubeconfig !== undefined && file.path === kubeconfigPath
      ? diffLines(file.path, { before: withoutSecrets(kubeconfig.before), after: withoutSecrets(kubeconfig.after) })
      : []),
  ]);
}

function wouldLine(
  fate: keyof typeof WOULD,
  { path, mode, what }: Pick<PlannedFile, "path" | "mode" | "what">,
  owner: string | undefined,
): string {
  return `${WOULD[fate]} ${path} (${modeText(mode)}${owner === undefined ? "" : `, ${owner}`}): ${what}`;
}

/** Nothing where all that changes is a credential. */
function diffLines(path: string, { before, after }: { readonly before: string; readonly after: string }): string[] {
  return before === after ? [] : [unifiedDiff(path, before, after).trimEnd()];
}

function paragraphs(parts: ReadonlyArray<readonly string[]>): string {
  return `${parts.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function adminLines(admin: FirstAdmin | undefined): string[] {
  if (admin === undefined) return [];
  const { arn: { canonicalArn, notice }, username } = admin;
  return [
    `${canonicalArn} logs in as ${username}, in the group ${ADMIN_GROUP}.`,
    ...(notice === undefined ? [] : [`The ARN was ${notice}.`]),
  ];
}

function differenceLines({ path, change }: PlannedFile): string[] {
  return [
    `${path} is not as ram-auth writes it, and was left alone. To have it written, remove it and run this again.`,
    unifiedDiff(path, change!.before, change!.after).trimEnd(),
  ];
}

/** `init` may start no other program, so that a person does what is left. */
function installLines(planned: readonly PlannedFile[], { root, byPackage, admin }: InitFacts): string[] {
  const isUpdate = planned.some(({ path, fate }) => fate === "renewed" && path.endsWith(PLACES.program.path));
  const bind = `  kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f ${PLACES.adminBinding.path}`;
  return [
    ...(byPackage ? ["The program, its unit and its user are those of the installed package.", ""] : []),
    root === undefined
      ? "Then, as root and in this order:"
      : "Then, as root of the system whose / this is, and in this order:",
    ...(byPackage ? [] : [`  systemd-sysusers ${PLACES.sysusers.path}`, "  systemctl daemon-reload"]),
    "  systemctl enable --now ram-auth",
    ...(isUpdate ? ["  systemctl restart ram-auth"] : []),
    ...(admin === undefined ? [] : [bind]),
    "  ram-auth apiserver configure",
    "",
    "What the last one does, you can do as well:",
    ...apiServerLines(WEBHOOK_KUBECONFIG),
  ];
}

function startLines({ clusterId, admin }: InitFacts): string[] {
  if (admin === undefined) return ["Then start the server:", `  ram-auth server -i ${shellWord(clusterId)}`];
  return [
    "Then start the server, and give the administrators their rights:",
    `  ram-auth server -c ${PLACES.config.path}`,
    `  kubectl apply -f ${PLACES.adminBinding.path}`,
  ];
}

/** Where the server or kube-apiserver looks: an absolute path is its own place, a relative one is yet to be copied. */
function installedAt(path: string, option: "state-dir" | "generate-kubeconfig"): string {
  return path.startsWith("/") ? path : OPTIONS[option].default;
}

function copyLines(planned: readonly PlannedFile[], made: readonly FileReport[], { options }: InitFacts): string[] {
  const { stateDir, kubeconfigPath } = options;
  const copies = [
    ...made.filter(({ status }) => status !== "removed").map(({ path }) => path)
      .filter((path) => path !== kubeconfigPath && path !== stateDir)
      .map((path) => [path, `${installedAt(stateDir, "state-dir")}/${nameOf(path)}`] as const),
    [kubeconfigPath, installedAt(kubeconfigPath, "generate-kubeconfig")] as const,
    ...planned.map(({ path }) => [path, `/etc/ram-auth/${nameOf(path)}`] as const),
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
