import assert from "node:assert/strict";
import { connect } from "../../../lib/kube/connection.ts";
import { createChain } from "../../../lib/mapping/chain.ts";
import { createRuleSource } from "../../../lib/mapping/rule_source.ts";
import { startConfigMap } from "../../../lib/server/sources/config_map.ts";
import { startCustomResources } from "../../../lib/server/sources/custom_resources.ts";
import { realWorld } from "../../../lib/world.ts";
import { event, listOf, pieces, startScriptedServer } from "../../kube/scripted_server.ts";
import { ACCOUNT, rulesOf, user } from "../../mapping/support.ts";
import { asVersion1, makePair, ODD_KEYS } from "../../support/certificates/made_pairs.ts";
import { replaceFile } from "../../support/replace_file.ts";
import { waitFor } from "../../support/wait_for.ts";
import { onScript, OPEN, type ScriptedOptions } from "./scripted_source.ts";

const ALICE = user("alice");
const BOB = user("bob");
const PAIR = await makePair("P-256");
const OTHER = await makePair("P-256");

const rulesFor = (...names: readonly string[]) =>
  names.map((name) => `- {userarn: "acs:ram::${ACCOUNT}:user/${name}", username: ${name}}\n`).join("");

const users = (resourceVersion: string, ...names: readonly string[]) => ({
  metadata: { name: "alibabacloud-auth", resourceVersion },
  data: { mapUsers: rulesFor(...names) },
});

interface Files {
  readonly folder: string;
  readonly kubeconfig: string;
  /** Writes a file of the folder whole. */
  write(name: string, text: string): Promise<void>;
}

/** A kubeconfig for a server, whose client certificate is in files of their own. */
const kubeconfigFor = (server: string, more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server, ...more } }],
    users: [{ name: "u", user: { "client-certificate": "client.crt", "client-key": "client.key" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });

async function withFiles(body: (files: Files) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "following-" });
  const write = (name: string, text: string) => replaceFile(`${folder}/${name}`, text);
  try {
    await write("client.crt", PAIR.certPem);
    await write("client.key", PAIR.keyPem);
    await body({ folder, kubeconfig: `${folder}/kubeconfig`, write });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const onFile = ({ kubeconfig }: Files): Pick<ScriptedOptions, "connect"> => ({
  connect: () => (noteFile) => connect(realWorld(), { kubeconfig, master: undefined, noteFile }),
});

const onConfigMap = (files: Files): ScriptedOptions => ({
  start: (kube) => startConfigMap("ACKConfigMap", kube),
  cloudIds: ["alibaba"],
  ...onFile(files),
});

type Break = (files: Files, server: string) => Promise<void>;

for (
  const [what, breakIt, says] of [
    [
      "with a client certificate of version 1",
      ({ write }) => write("client.crt", asVersion1(PAIR.certPem)),
      /client\.crt.* of "client-certificate": it is an X\.509 version 1/,
    ],
    ["with garbage as certificate", ({ write }) => write("client.crt", "made up"), /client\.crt.*contains no PEM/],
    [
      "with the key of another",
      ({ write }) => write("client.key", OTHER.keyPem),
      /client\.key.*does not belong to the/,
    ],
    ["with an odd key", ({ write }) => write("client.key", ODD_KEYS["a key on P-224"]!), /client\.key.*secp224r1/],
    ["whose key is missing", ({ folder }) => Deno.remove(`${folder}/client.key`), /client\.key": it does not exist/],
    ["whose key is a folder", async ({ folder }) => {
      await Deno.remove(`${folder}/client.key`);
      await Deno.mkdir(`${folder}/client.key`);
    }, /client\.key": it is a directory/],
    [
      "whose CA file is none",
      async ({ write }, server) => {
        await write("kubeconfig", kubeconfigFor(server, { "certificate-authority": "ca.crt" }));
        await write("ca.crt", PAIR.keyPem);
      },
      /ca\.crt" of "certificate-authority": it contains no PEM certificate/,
    ],
    ["that is missing", ({ kubeconfig }) => Deno.remove(kubeconfig), /kubeconfig": it does not exist/],
    ["that is empty", ({ write }) => write("kubeconfig", ""), /kubeconfig": it is empty/],
    ["that is no YAML", ({ write }) => write("kubeconfig", "clusters: ["), /kubeconfig": 1:/],
    [
      "whose context is missing",
      ({ write }, server) => write("kubeconfig", kubeconfigFor(server).replace('"name":"x"', '"name":"y"')),
      /context "x" or its cluster is not there; choose one of: y/,
    ],
  ] as ReadonlyArray<readonly [string, Break, RegExp]>
) {
  Deno.test(`a kubeconfig ${what} is an outage of its source until it is mended`, async () => {
    await withFiles(async (files) => {
      // The API server answers all the while.
      await using server = startScriptedServer([listOf([users("7", "alice")], "7"), OPEN]);
      await files.write("kubeconfig", kubeconfigFor(server.url));
      await breakIt(files, server.url);
      await onScript([], onConfigMap(files), async ({ live, map, maps, log, metrics }) => {
        assert.equal(await map(ALICE), "ERR_MAPPINGS_NOT_READY");
        const [warning = ""] = live.warnings();
        assert.match(warning, says);
        assert.match(warning, /^mapping ACKConfigMap: Cannot .*; until it is read, .* are answered with 503$/);
        assert.match(log().replaceAll('\\"', '"'), says);
        assert.doesNotMatch(warning + log(), /BEGIN|TypeError|undefined|ENOENT/);
        assert.match(await metrics(), /reload_failures\S* 1\n/);
        assert.equal(server.asked.length, 0);

        await Deno.remove(`${files.folder}/client.key`, { recursive: true }).catch(() => {});
        await files.write("client.crt", PAIR.certPem);
        await files.write("client.key", PAIR.keyPem);
        await files.write("kubeconfig", kubeconfigFor(server.url));
        await maps(ALICE, "alice");
        await waitFor("the end of the warning", () => live.warnings().length === 0);
        assert.match(log(), /kubeconfig in force/);
      });
    });
  });
}

Deno.test("an outage by a kubeconfig lets nobody fall through to a later source, nor keeps out whom an earlier one maps", async () => {
  await withFiles(async (files) => {
    await onScript([], onConfigMap(files), async ({ live }) => {
      const [first, last] = (["MountedFile", "DynamicFile"] as const).map((name) =>
        createRuleSource(name, { clouds: [] })
      );
      const content = (text: string) => ({ parsed: rulesOf(text), reserved: new Map() });
      first!.replace(content(`mapUsers:\n${rulesFor("bob")}`));
      last!.replace(content(`mapUsers:\n${rulesFor("alice")}`));
      const chain = createChain(() => [first!, live.source, last!]);
      assert.equal((await chain.map(BOB))?.username, "bob");
      await assert.rejects(
        chain.map(ALICE),
        (e) => (e as { readonly code?: string }).code === "ERR_MAPPINGS_NOT_READY",
      );
    });
  });
});

Deno.test("a kubeconfig that is spoilt later leaves the old connection in force, and is told until it is mended", async () => {
  await withFiles(async (files) => {
    const changed = Promise.withResolvers<void>();
    await using server = startScriptedServer([
      listOf([users("7", "alice")], "7"),
      () => changed.promise.then(() => pieces([event("MODIFIED", users("8", "alice", "bob"))], "stay")(undefined!)),
    ]);
    await files.write("kubeconfig", kubeconfigFor(server.url));
    await onScript([], onConfigMap(files), async ({ live, maps, log }) => {
      await maps(ALICE, "alice");
      await files.write("client.crt", asVersion1(PAIR.certPem));
      await waitFor("the note", () => live.warnings().some((line) => line.includes("kubeconfig not reloaded")));
      assert.match(log(), /kubeconfig not reloaded; the old one stays in force.*version 1 /);
      changed.resolve();
      await maps(BOB, "bob");
      assert.match(live.warnings().join(), /^mapping ACKConfigMap: kubeconfig not reloaded, see the log/);

      await using moved = startScriptedServer([listOf([users("3", "bob")], "3"), OPEN]);
      await files.write("kubeconfig", kubeconfigFor(moved.url));
      await files.write("client.crt", PAIR.certPem);
      // Of the other API server everything is asked for anew, so that who is not there is out.
      await maps(ALICE, "nobody");
      await maps(BOB, "bob");
      assert.deepEqual(live.warnings(), []);
      assert.equal(moved.asked[0]?.isWatch, false);
    });
  });
});

Deno.test("a client certificate that is rotated in its file is used without anybody asking", async () => {
  await withFiles(async (files) => {
    await using server = startScriptedServer([
      listOf([users("7", "alice")], "7"),
      OPEN,
      listOf([users("8")], "8"),
      OPEN,
    ]);
    await files.write("kubeconfig", kubeconfigFor(server.url));
    await onScript([], onConfigMap(files), async ({ maps }) => {
      await maps(ALICE, "alice");
      // One after the other: in between they do not fit.
      await files.write("client.crt", OTHER.certPem);
      await files.write("client.key", OTHER.keyPem);
      await maps(ALICE, "nobody");
    });
  });
});

Deno.test("once another kubeconfig is in force, the API server before is asked nothing any more", async () => {
  await withFiles(async (files) => {
    let isLeft = false;
    const untilLeft = new ReadableStream({ cancel: () => void (isLeft = true) });
    await using before = startScriptedServer([listOf([users("7", "alice")], "7"), () => new Response(untilLeft)]);
    await using after = startScriptedServer([listOf([users("3", "bob")], "3"), OPEN]);
    await files.write("kubeconfig", kubeconfigFor(before.url));
    await onScript([], onConfigMap(files), async ({ maps }) => {
      await waitFor("the watch", () => before.asked.length === 2);
      await files.write("kubeconfig", kubeconfigFor(after.url));
      await waitFor("the end of the watch", () => isLeft);
      await maps(BOB, "bob");
      assert.equal(before.asked.length, 2);
    });
  });
});

Deno.test("custom resources wait for their kubeconfig in the same way", async () => {
  await withFiles(async (files) => {
    const spec = { arn: ALICE.arn, username: "alice" };
    const resource = { metadata: { name: "a", resourceVersion: "7", generation: 1 }, spec };
    await using server = startScriptedServer([
      ({ isWatch }) => isWatch ? OPEN(undefined!) : listOf([resource], "7")(undefined!),
    ]);
    await onScript([], { start: startCustomResources, cloudIds: ["alibaba"], ...onFile(files) }, async (scripted) => {
      const { live, map, maps } = scripted;
      assert.equal(await map(ALICE), "ERR_MAPPINGS_NOT_READY");
      assert.match(live.warnings().join(), /CRD .*kubeconfig": it does not exist.*answered with 503/);
      await files.write("kubeconfig", kubeconfigFor(server.url));
      await maps(ALICE, "alice");
      assert.deepEqual(live.warnings(), []);
    });
  });
});

for (
  const [what, options] of [
    ["an address that is no URL", { kubeconfig: undefined, master: "six four four three" }],
    ["neither kubeconfig nor pod", { kubeconfig: undefined, master: undefined }],
  ] as const
) {
  Deno.test(`a source with ${what} does not start, because no file could mend it`, async () => {
    const world = { ...realWorld(), env: () => undefined };
    await assert.rejects(
      onScript([], {
        start: (kube) => startConfigMap("ACKConfigMap", kube),
        cloudIds: ["alibaba"],
        connect: () => (noteFile) => connect(world, { ...options, noteFile }),
      }, () => Promise.resolve()),
      (e) => (e as { readonly code?: string }).code === "ERR_KUBE",
    );
  });
}
