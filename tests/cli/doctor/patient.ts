/**
 * An installation to look at: state, webhook kubeconfig, config file and manifest in a folder, an emulated STS, and a
 * server process where one is wanted. What `doctor` tells to run is run.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Finding, Outcome } from "../../../lib/cli/doctor/check.ts";
import { doctor } from "../../../lib/cli/doctor/doctor.ts";
import { type NodePlaces, PLACES_OF_NODE } from "../../../lib/cli/doctor/node_places.ts";
import { parseFlags } from "../../../lib/config/flags.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { initialize } from "../../../lib/state/init.ts";
import { realWorld } from "../../../lib/world.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { kubeadmManifest } from "../../support/control_plane_node/kubeadm_manifests.ts";
import { prepareSite, type ServerSite } from "../../support/server_process.ts";

/** A rule of somebody, for a config file. */
export const ALICE = `mapUsers:
  - userARN: acs:ram::1234567890123456:user/alice
    username: alice
`;

/** What `doctor` found. */
export interface Diagnosis {
  readonly code: number;
  readonly text: string;
  readonly findings: ReadonlyMap<string, Finding>;
}

/** An installation; `await using` takes it away. */
export interface Patient extends AsyncDisposable {
  readonly site: ServerSite;
  readonly stateDir: string;
  /** The manifest of its kube-apiserver. */
  readonly manifest: string;
  readonly port: number;
  /** Runs `doctor` with these flags too. */
  examine(options?: Examined): Promise<Diagnosis>;
  /** Makes sure that a check ends so, with what it saw. */
  expect(id: string, outcome: Outcome, saw?: RegExp, options?: Examined): Promise<Finding>;
  /** Makes sure that a check ends so, runs what it says behind "run: ", and makes sure that it then is well. */
  mend(id: string, outcome: Outcome, saw: RegExp, options?: Examined): Promise<void>;
  /** Runs what a finding says. */
  follow(finding: Finding, options?: Examined): Promise<void>;
}

/** How `doctor` runs. */
export interface Examined {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly places?: Partial<NodePlaces>;
}

/** Makes one whose files are as `init` makes them. */
export async function admit(mappings = ALICE): Promise<Patient> {
  const site = await prepareSite(mappings);
  const stateDir = `${site.folder}/state`;
  const port = Number(new URL(site.url).port);
  const state = { stateDir, hostname: "localhost", address: "127.0.0.1", port };
  await initialize(realWorld(), { ...state, kubeconfigPath: site.webhookKubeconfig });
  const manifest = `${site.folder}/manifests/kube-apiserver.yaml`;
  await Deno.mkdir(`${site.folder}/manifests`);
  await Deno.writeTextFile(manifest, kubeadmManifest("1.36"), { mode: 0o600 });
  const places = { ...PLACES_OF_NODE, manifests: [manifest], rancher: [], units: [], adminKubeconfigs: [] };

  const examine = async ({ flags = [], env = {}, places: others = {} }: Examined = {}): Promise<Diagnosis> => {
    const world = { ...fakeWorld({ NO_PROXY: "*", ...env }), now: () => new Date(), fetch };
    const given = await parseFlags("doctor", ["-c", site.configFile, "-o", "json", ...flags]);
    const settings = await loadSettings("doctor", given, world, { isLenient: true });
    const stopSignal = () => new AbortController().signal;
    const code = await doctor({ settings, world, stopSignal }, { ...places, ...others });
    const { checks }: { checks: Finding[] } = JSON.parse(world.out());
    return { code, text: world.out(), findings: new Map(checks.map((finding) => [finding.id, finding])) };
  };
  const expect = async (id: string, outcome: Outcome, saw = /./, options?: Examined) => {
    const { code, findings } = await examine(options);
    const finding = findings.get(id);
    assert.ok(finding !== undefined, `there is no check "${id}"`);
    assert.equal(finding.outcome, outcome, JSON.stringify(finding));
    assert.match(finding.saw, saw);
    if (outcome === "failed") assert.equal(code, 1);
    if (outcome === "failed" || outcome === "warning") assert.ok(finding.todo, "it says what to do");
    return finding;
  };
  const follow = async ({ todo = "" }: Finding, { env = {} }: Examined = {}) => {
    const [, command] = /\brun: (.*)$/.exec(todo) ?? [];
    assert.ok(command !== undefined, `"${todo}" names no command`);
    const program = `'${Deno.execPath()}' run --quiet ${SERVER_PERMISSIONS.join(" ")} main.ts`;
    const script = command.replace(/^(?:sudo )?ram-auth /, `${program} `)
      // No kubelet runs here that would start the API server again.
      .replace("apiserver configure ", `apiserver configure --no-wait --backup-dir ${site.folder}/backup `);
    const { code, stderr, stdout } = await new Deno.Command("sh", { args: ["-euc", script], env, stdin: "null" })
      .output();
    assert.equal(code, 0, `${script}: ${new TextDecoder().decode(stdout)}${new TextDecoder().decode(stderr)}`);
  };
  return {
    site,
    stateDir,
    manifest,
    port,
    examine,
    expect,
    follow,
    async mend(id, outcome, saw, options) {
      await follow(await expect(id, outcome, saw, options), options);
      await expect(id, "ok", /./, options);
    },
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
}
