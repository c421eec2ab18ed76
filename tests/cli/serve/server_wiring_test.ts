import assert from "node:assert/strict";
import { serverOptions } from "../../../lib/cli/serve/server.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import { startAuditLog } from "../../../lib/server/audit.ts";
import { startServer } from "../../../lib/server/server.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { realWorld } from "../../../lib/world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { type Asked, listOf, pieces, startScriptedServer, type Step } from "../../kube/scripted_server.ts";
import { awsToken } from "../../support/aws_tokens.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { postReview } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";

const CLUSTER_ID = "c-of-the-test";
const ALICE = DEMO_PRINCIPALS.alice.identity.Arn;
const DAVE = DEMO_AWS_PRINCIPALS.dave.identity.Arn;
const MAP_ALICE = `mapUsers: [{userARN: "${ALICE}", username: alice}]`;
const MASTERS = (arn: string) => `mapUsers: [{userarn: "${arn}", username: master, groups: ["system:masters"]}]`;

interface Configured {
  /** The username of somebody who logs in, or why not, as the log has it; `not ours` where nothing is said. */
  login(who: "alice" | "dave", stsHost?: string): Promise<string>;
  /** The same of a token. */
  review(token: string): Promise<string>;
  log(): string;
  readyz(): Promise<string>;
}

const pair = await makeLoopbackCertificate();

async function aliceToken(ageMs: number): Promise<string> {
  return await mintedToken(DEMO_PRINCIPALS.alice, { clusterId: CLUSTER_ID, now: new Date(Date.now() - ageMs) });
}

/** Runs a server made of a config file and nothing else, as `ram-auth server` makes it. `sections` stand under `server:`. */
async function configured(
  sections: (at: { readonly folder: string; readonly stsHost: string }) => string,
  body: (server: Configured) => Promise<void>,
  { clouds, files = {} }: {
    readonly clouds?: string;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wiring-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const principals = [...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS)];
  const sts = startStsEmulator({ ...pair, principals, now: () => new Date() });
  stack.defer(() => sts.shutdown());
  await Deno.writeTextFile(`${folder}/sts-ca.pem`, pair.caPem);
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
  const configFile = `${folder}/config.yaml`;
  await Deno.writeTextFile(
    configFile,
    `clusterID: ${CLUSTER_ID}
${clouds === undefined ? "" : `clouds: [${clouds}]`}
server:
  port: 0
  healthPort: 0
  stateDir: ${folder}/state
  kubeconfigPregenerated: true
  sts: {endpoint: "${sts.host}", caFile: ${folder}/sts-ca.pem}
${sections({ folder, stsHost: sts.host }).replace(/^/gm, "  ")}
`,
  );
  let written = "";
  const world = {
    ...realWorld(),
    env: () => undefined,
    stderr: { isTerminal: false, write: (text: string) => void (written += text) },
  };
  const settings = await loadSettings("server", new Map([["config", [configFile]]]), world);
  const log = createLog(world, { format: "json", level: "debug" });
  const auditLog = startAuditLog(world, { path: settings.get("audit-path"), log, writeLog: () => {} });
  stack.defer(() => auditLog[Symbol.asyncDispose]());
  const server = await startServer(
    world,
    log,
    serverOptions(world, settings, { log, lostLogLines: () => 0, auditLog }),
  );
  stack.defer(() => server.stop());
  const at = { url: `https://127.0.0.1:${server.port}`, caFile: `${folder}/state/ca.pem` };
  const review = async (token: string) => {
    const from = written.length;
    const { user } = await postReview(token, at);
    if (user !== undefined) return user.username;
    const [, reason] = /"reason":"([^"]+)"/.exec(written.slice(from))!;
    return reason!.replace("_", " ");
  };
  await body({
    login: async (who, stsHost = sts.host) =>
      await review(
        who === "alice"
          ? await aliceToken(0)
          : awsToken(DEMO_AWS_PRINCIPALS.dave, { clusterId: CLUSTER_ID, now: new Date(), host: stsHost }),
      ),
    review,
    log: () => written,
    readyz: async () => await (await fetch(`http://127.0.0.1:${server.healthPort}/readyz?verbose`)).text(),
  });
}

for (
  const [what, reservation, want] of [
    ["without a reservation", "", "alice"],
    [
      "with one that holds her name",
      "\nreservedPrefixConfig: [{backendMode: File, usernamePrefixReserveList: [ali]}]",
      "mapping refused",
    ],
  ] as const
) {
  Deno.test(`reservedPrefixConfig reaches the server for the config file itself: ${what}`, async () => {
    await configured(() => MAP_ALICE + reservation, async ({ login }) => assert.equal(await login("alice"), want));
  });
}

for (
  const [what, more, want] of [
    ["without a reservation", "", "mapping refused"],
    ["with systemNames: allow", "\nreservedPrefixConfig: [{backendMode: DynamicFile, systemNames: allow}]", "master"],
  ] as const
) {
  Deno.test(`reservedPrefixConfig reaches the server for a dynamic file: ${what}`, async () => {
    const sections = ({ folder }: { readonly folder: string }) =>
      `backendMode: [DynamicFile]\ndynamicfilepath: ${folder}/dynamic.yaml${more}`;
    await configured(sections, async ({ login }) => assert.equal(await login("alice"), want), {
      files: { "dynamic.yaml": MASTERS(ALICE) },
    });
  });
}

const MASTER = { username: "master", groups: ["system:masters"] };
const configMap = (name: string, arn: string) => ({
  metadata: { name, resourceVersion: "7" },
  data: { mapUsers: JSON.stringify([{ userarn: arn, ...MASTER }]) },
});

/** What a cluster holds, as far as it is asked for. */
const cluster: Step = (asked: Asked) => {
  if (asked.isWatch) return pieces([], "stay")(asked);
  const named = asked.query.get("fieldSelector")?.replace("metadata.name=", "");
  const maps = [configMap("alibabacloud-auth", ALICE), configMap("aws-auth", DAVE)];
  const isResource = asked.path.endsWith("/iamidentitymappings");
  const resource = { metadata: { name: "dave", resourceVersion: "7" }, spec: { arn: DAVE, ...MASTER } };
  if (asked.path.endsWith("/configmaps")) {
    return listOf(maps.filter(({ metadata }) => metadata.name === named), "7")(asked);
  }
  return isResource ? listOf([resource], "7")(asked) : Response.json({}, { status: 404 });
};

for (const [mode, who] of [["ACKConfigMap", "alice"], ["EKSConfigMap", "dave"], ["CRD", "dave"]] as const) {
  for (
    const [what, allowed, want] of [["without a reservation", "", "mapping refused"], [
      "with systemNames: allow",
      `\nreservedPrefixConfig: [{backendMode: ${mode}, systemNames: allow}]`,
      "master",
    ]] as const
  ) {
    Deno.test(`reservedPrefixConfig reaches the server for ${mode}: ${what}`, async () => {
      await using api = startScriptedServer([cluster]);
      const sections = ({ stsHost }: { readonly stsHost: string }) =>
        `backendMode: [${mode}]\nmaster: ${api.url}\nstsHosts: ["${stsHost}"]${allowed}`;
      await configured(sections, async ({ login, readyz }) => {
        await waitFor("the source to be read", async () => /\[\+\] mapping \w+: [1-9]/.test(await readyz()));
        assert.equal(await login(who), want);
      }, { clouds: who === "alice" ? "alibaba" : "aws" });
    });
  }
}

for (
  const [what, more, want] of [
    ["that is not set takes an entry without a userid", "", "alice"],
    ["that is true refuses one", "\ndynamicfileUserIDStrict: true", "mapping refused"],
  ] as const
) {
  Deno.test(`dynamicfileUserIDStrict ${what}`, async () => {
    const sections = ({ folder }: { readonly folder: string }) =>
      `backendMode: [DynamicFile]\ndynamicfilepath: ${folder}/dynamic.yaml${more}`;
    await configured(sections, async ({ login }) => assert.equal(await login("alice"), want), {
      files: { "dynamic.yaml": MAP_ALICE },
    });
  });
}

Deno.test("of scrubbedAccounts nothing is in the log of a server", async () => {
  const account = /\d{5,}/.exec(ALICE)![0];
  const loginLine = (log: string) => log.split("\n").find((line) => line.includes("login allowed")) ?? "";
  await configured(() => `${MAP_ALICE}\nscrubbedAccounts: ["${account}"]`, async ({ login, log }) => {
    assert.equal(await login("alice"), "alice");
    assert.match(loginLine(log()), /"arn":"\[scrubbed\]"/);
    assert.doesNotMatch(loginLine(log()), new RegExp(`${account}|alice`));
  });
  await configured(() => MAP_ALICE, async ({ login, log }) => {
    await login("alice");
    assert.match(loginLine(log()), new RegExp(account));
  });
});

Deno.test("the server takes tokens for hosts of its partition alone", async () => {
  const sections = () => `mapUsers: [{userARN: "${DAVE}", username: dave}]\npartition: aws-cn`;
  await configured(sections, async ({ login }) => {
    assert.equal(await login("dave", "sts.us-east-1.amazonaws.com"), "wrong host");
  }, { clouds: "aws" });
});

Deno.test("the server takes tokens for the hosts of stsHosts beside those", async () => {
  const mapped = `mapUsers: [{userARN: "${DAVE}", username: dave}]`;
  await configured(() => mapped, async ({ login }) => assert.equal(await login("dave"), "wrong host"));
  await configured(
    ({ stsHost }) => `${mapped}\nstsHosts: ["${stsHost}"]`,
    async ({ login }) => assert.equal(await login("dave"), "dave"),
  );
});

for (
  const [clouds, want] of [
    ["alibaba", { alice: "alice", dave: "not ours" }],
    ["aws", { alice: "not ours", dave: "dave" }],
    ["alibaba, aws", { alice: "alice", dave: "dave" }],
  ] as const
) {
  Deno.test(`the server takes tokens of the clouds that "clouds" lists, and no others: ${clouds}`, async () => {
    const sections = ({ stsHost }: { readonly stsHost: string }) =>
      `mapUsers: [{userARN: "${ALICE}", username: alice}, {userARN: "${DAVE}", username: dave}]\nstsHosts: ["${stsHost}"]`;
    await configured(sections, async ({ login }) => {
      assert.deepEqual({ alice: await login("alice"), dave: await login("dave") }, want);
    }, { clouds });
  });
}

Deno.test("the file of backend modes decides which sources a server asks", async () => {
  const sections = ({ folder }: { readonly folder: string }) =>
    `${MAP_ALICE}\ndynamicfilepath: ${folder}/dynamic.yaml\ndynamicBackendModePath: ${folder}/modes.json`;
  await configured(sections, async ({ login }) => assert.equal(await login("alice"), "by-the-file"), {
    files: {
      "modes.json": '{"backendMode": "DynamicFile"}',
      "dynamic.yaml": MAP_ALICE.replace("username: alice", "username: by-the-file"),
    },
  });
});

Deno.test("server.deny refuses at once, kept decision or not, and lets in again", async () => {
  let path = "";
  const sections = (deny: string) => `${MAP_ALICE}\ncache: {ttl: 900}\n${deny}`;
  await configured(({ folder }) => {
    path = `${folder}/config.yaml`;
    return sections("");
  }, async ({ login, log, readyz }) => {
    const before = await Deno.readTextFile(path);
    assert.equal(await login("alice"), "alice");
    await Deno.writeTextFile(path, `${before}  deny: {arns: ["${ALICE}"], accounts: [none]}\n`);
    await waitFor("the denial", async () => await login("alice") === "deny listed");
    assert.match(log(), /"entries":1,"message":"deny list in force"/);
    assert.match(log(), /"level":"error"[^\n]*an entry of accounts is no such id/);
    assert.match(await readyz(), /deny list: 1 entr/);
    assert.match(await readyz(), /deny list: 1 invalid/);
    await Deno.writeTextFile(path, before);
    await waitFor("the login", async () => await login("alice") === "alice");
  });
});

Deno.test("server.deny counts although a mapping of the same file is broken", async () => {
  let path = "";
  await configured(({ folder }) => {
    path = `${folder}/config.yaml`;
    return MAP_ALICE;
  }, async ({ login }) => {
    const before = await Deno.readTextFile(path);
    const broken = before.replace(MAP_ALICE, "mapUsers: nothing that can be read");
    await Deno.writeTextFile(path, `${broken}  deny: {arns: ["${ALICE}"]}\n`);
    await waitFor("the denial", async () => await login("alice") === "deny listed");
  });
});

Deno.test("server.maxTokenAge counts at once, also for a token whose decision is kept", async () => {
  let path = "";
  await configured(({ folder }) => {
    path = `${folder}/config.yaml`;
    return `${MAP_ALICE}\ncache: {ttl: 900}\nmaxTokenAge: 600`;
  }, async ({ review, log }) => {
    const [young, old] = await Promise.all([200_000, 700_000].map(aliceToken));
    assert.deepEqual([await review(young!), await review(old!)], ["alice", "expired"]);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace("maxTokenAge: 600", "maxTokenAge: 100"));
    await waitFor("the shorter age to count", async () => await review(young!) === "expired");
    assert.match(log(), /"seconds":100,"before":600,"message":"oldest token to accept changed"/);
    assert.doesNotMatch(log(), /take effect on a restart/);
  });
});
