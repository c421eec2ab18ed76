import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parse } from "yaml";
import { initialize, type InitOptions, previewInit } from "../../lib/state/init.ts";
import { matchWebhookToken } from "../../lib/state/token_match.ts";
import { retireWebhookToken, rotateWebhookToken } from "../../lib/state/token_rotation.ts";
import { accepts, ANYONE, digestOf, makeWebhookToken, readAcceptedTokens } from "../../lib/state/webhook_token.ts";
import { Secret } from "../../lib/secret.ts";
import { realWorld } from "../../lib/world.ts";
import { contentsOf, inFolder, modeOf, optionsFor, peerPair, START, storePair, worldAt } from "./stored_files.ts";

const world = worldAt(START);
const isState = { code: "ERR_STATE" };
const isTooEarly = { code: "ERR_TOKEN_ROTATION" };

/** A folder whose state `init` made, and its two places. */
async function inState(test: (places: InitOptions & { readonly kubeconfigPath: string }) => Promise<void>) {
  await inFolder(async (folder) => {
    const options = { ...optionsFor(`${folder}/state`), port: 21_362, kubeconfigPath: `${folder}/kubeconfig` };
    await initialize(world, options);
    await test(options);
  });
}

/** The same, as a version made it that knew of no tokens. */
async function inOldState(test: (places: InitOptions & { readonly kubeconfigPath: string }) => Promise<void>) {
  await inState(async (options) => {
    await Deno.remove(`${options.stateDir}/webhook-tokens`);
    const text = await Deno.readTextFile(options.kubeconfigPath);
    await Deno.writeTextFile(options.kubeconfigPath, text.replace(/ {4}user:\n {6}token: \S+\n/, ""));
    assert.equal(await tokenAt(options.kubeconfigPath), undefined);
    await test(options);
  });
}

async function tokenAt(kubeconfig: string): Promise<string | undefined> {
  return parse(await Deno.readTextFile(kubeconfig)).users[0].user?.token;
}

function sha256(token: string): string {
  return `sha256:${createHash("sha256").update(token).digest("hex")}`;
}

/** How many are accepted, whether the kubeconfig's is one of them, and whether others are. */
async function stateOf(places: { readonly stateDir: string; readonly kubeconfigPath: string }) {
  const { demanded, tokens, shown } = await matchWebhookToken(world, places);
  return [demanded, tokens, shown];
}

Deno.test("a new state has the digest of the token in its kubeconfig, and nothing else of it", async () => {
  await inState(async (options) => {
    const token = (await tokenAt(options.kubeconfigPath))!;
    assert.match(token, /^ram-auth-webhook-[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [sha256(token)]);
    assert.equal(await modeOf(`${options.stateDir}/webhook-tokens`), "600");
    for (const [name, text] of Object.entries(await contentsOf(options.stateDir))) {
      assert.ok(!text.includes(token.slice(17)), name);
    }
    assert.deepEqual(await stateOf(options), ["always", 1, "accepted"]);
  });
});

Deno.test("two new states have different tokens, which print as nothing", () => {
  const [one, other] = [makeWebhookToken(), makeWebhookToken()];
  assert.notEqual(one.reveal(), other.reveal());
  assert.equal(`${one}`, "[redacted]");
  assert.ok(accepts([digestOf(one)], one) && !accepts([digestOf(other)], one) && !accepts([ANYONE], undefined));
});

Deno.test("several that make a state at once agree on one token", async () => {
  await inFolder(async (folder) => {
    const options = { ...optionsFor(`${folder}/state`), port: 21_362, kubeconfigPath: `${folder}/kubeconfig` };
    const reports = await Promise.all(Array.from({ length: 5 }, () => initialize(realWorld(), options)));
    assert.deepEqual(await stateOf(options), ["always", 1, "accepted"]);
    assert.deepEqual(new Set(reports.map(({ lacksToken }) => lacksToken)), new Set([false]));
  });
});

Deno.test("a state that demands no token never comes to by itself, and its kubeconfig stays as it is", async () => {
  await inOldState(async (options) => {
    const before = await contentsOf(options.stateDir);
    const kubeconfig = await Deno.readTextFile(options.kubeconfigPath);
    for (const kubeconfigPath of [options.kubeconfigPath, undefined]) {
      const { files, lacksToken } = await initialize(world, { ...options, kubeconfigPath });
      assert.deepEqual([new Set(files.map(({ status }) => status)), lacksToken], [new Set(["kept"]), false]);
    }
    assert.deepEqual(await contentsOf(options.stateDir), before);
    assert.equal(await Deno.readTextFile(options.kubeconfigPath), kubeconfig);
    assert.deepEqual(await stateOf(options), ["never", 0, "missing"]);
    await Deno.remove(options.kubeconfigPath);
    await initialize(world, options);
    assert.equal(await Deno.readTextFile(options.kubeconfigPath), kubeconfig);
  });
});

Deno.test("no token is made where no kubeconfig is written, nor beside a pair of another tool", async () => {
  await inFolder(async (folder) => {
    await initialize(world, { ...optionsFor(folder), port: 1, kubeconfigPath: undefined });
    assert.equal(await readAcceptedTokens(world, folder), undefined);
  });
  await inFolder(async (folder) => {
    const options = { ...optionsFor(folder), port: 1, kubeconfigPath: `${folder}/kubeconfig` };
    await storePair(folder, await peerPair());
    await initialize(world, options);
    assert.deepEqual(await stateOf(options), ["never", 0, "missing"]);
    await rotateWebhookToken(world, options);
    assert.deepEqual(await stateOf(options), ["not_yet", 1, "accepted"]);
    const { files } = await initialize(world, options);
    assert.deepEqual(new Set(files.map(({ status }) => status)), new Set(["kept"]));
  });
});

Deno.test("a rotation accepts the old token and the new one, and its end the new one alone", async () => {
  await inState(async (options) => {
    const before = (await tokenAt(options.kubeconfigPath))!;
    const { files, admitsAnyone } = await rotateWebhookToken(world, options);
    assert.deepEqual([files.map(({ status }) => status), admitsAnyone], [["renewed", "renewed"], false]);
    const after = (await tokenAt(options.kubeconfigPath))!;
    assert.notEqual(before, after);
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [sha256(before), sha256(after)]);

    await assert.rejects(rotateWebhookToken(world, options), isTooEarly);
    const { files: kept } = await initialize(world, options);
    assert.deepEqual(new Set(kept.map(({ status }) => status)), new Set(["kept"]));
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [sha256(before), sha256(after)]);

    await retireWebhookToken(world, options);
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [sha256(after)]);
    const again = await retireWebhookToken(world, options);
    assert.deepEqual(again.files.map(({ status }) => status), ["kept"]);
  });
});

Deno.test("the first rotation of an old state lets everybody ask until its end", async () => {
  await inOldState(async (options) => {
    await assert.rejects(retireWebhookToken(world, options), isTooEarly);
    assert.equal((await rotateWebhookToken(world, options)).admitsAnyone, true);
    const good = await Deno.readTextFile(options.kubeconfigPath);
    await Deno.writeTextFile(options.kubeconfigPath, good.replace(/token: \S+/, "token: made-up"));
    await assert.rejects(retireWebhookToken(world, options), isTooEarly);
    await Deno.writeTextFile(options.kubeconfigPath, good);
    const token = (await tokenAt(options.kubeconfigPath))!;
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [ANYONE, sha256(token)]);
    await assert.rejects(rotateWebhookToken(world, options), isTooEarly);
    await retireWebhookToken(world, options);
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [sha256(token)]);
  });
});

Deno.test("a rotation changes nothing in the kubeconfig but the token, and keeps its mode", async () => {
  await inState(async (options) => {
    const { kubeconfigPath } = options;
    const text = (await Deno.readTextFile(kubeconfigPath)).replace("localhost:21362", "cp1.internal:8443")
      .replace("apiVersion: v1\n", "# of the platform team\napiVersion: v1\n")
      .replace("    user:\n", "    user:\n      client-key-data: made-up-key # of the proxy\n");
    await Deno.writeTextFile(kubeconfigPath, text);
    await Deno.chmod(kubeconfigPath, 0o640);
    const before = (await tokenAt(kubeconfigPath))!;
    await rotateWebhookToken(world, options);
    const after = (await tokenAt(kubeconfigPath))!;
    assert.equal(await Deno.readTextFile(kubeconfigPath), text.replace(before, after));
    assert.equal(await modeOf(kubeconfigPath), "640");
  });
});

Deno.test("a rotation that was cut short before the kubeconfig is begun again, and what kube-apiserver shows stays", async () => {
  await inState(async (options) => {
    const text = await Deno.readTextFile(options.kubeconfigPath);
    const shown = sha256((await tokenAt(options.kubeconfigPath))!);
    await rotateWebhookToken(world, options);
    await Deno.writeTextFile(options.kubeconfigPath, text);
    await rotateWebhookToken(world, options);
    const after = sha256((await tokenAt(options.kubeconfigPath))!);
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [shown, after]);
  });
});

Deno.test("a kubeconfig that was lost gets a second token once, and then waits for a rotation", async () => {
  await inState(async (options) => {
    const first = sha256((await tokenAt(options.kubeconfigPath))!);
    await Deno.remove(options.kubeconfigPath);
    const preview = await previewInit(world, options);
    const { files, lacksToken } = await initialize(world, options);
    assert.deepEqual(preview.files, files);
    assert.deepEqual([files.slice(-2).map(({ status }) => status), lacksToken], [["renewed", "written"], false]);
    const second = sha256((await tokenAt(options.kubeconfigPath))!);
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [first, second]);

    await Deno.remove(options.kubeconfigPath);
    assert.equal((await initialize(world, options)).lacksToken, true);
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [first, second]);
    await assert.rejects(retireWebhookToken(world, options), isTooEarly);
    await rotateWebhookToken(world, options);
    const third = sha256((await tokenAt(options.kubeconfigPath))!);
    assert.deepEqual(await readAcceptedTokens(world, options.stateDir), [second, third]);
  });
});

Deno.test("a kubeconfig that was lost in a first rotation still lets everybody ask", async () => {
  await inOldState(async (options) => {
    const text = await Deno.readTextFile(options.kubeconfigPath);
    await rotateWebhookToken(world, options);
    await Deno.writeTextFile(options.kubeconfigPath, text);
    await rotateWebhookToken(world, options);
    assert.deepEqual(await stateOf(options), ["not_yet", 1, "accepted"]);
  });
});

Deno.test("a run that was cut short before the kubeconfig is completed by the next one", async () => {
  await inState(async (options) => {
    await Deno.remove(options.kubeconfigPath);
    await Deno.writeTextFile(`${options.stateDir}/webhook-tokens`, "# nobody yet\n");
    await assert.rejects(retireWebhookToken(world, options), isTooEarly);
    await initialize(world, options);
    assert.deepEqual(await stateOf(options), ["always", 1, "accepted"]);
  });
});

for (
  const [what, text] of [
    ["an entry of another kind", "nobody\n"],
    ["a digest that is too short", `sha256:${"a".repeat(63)}\n`],
    ["a digest in capitals", `sha256:${"A".repeat(64)}\n`],
    ["a token", "ram-auth-webhook-made-up\n"],
    ["no end", `${ANYONE}`],
    ["nothing", ""],
    ["three entries", `${ANYONE}\n`.repeat(3)],
    ["more than it may", "#".repeat(5_000) + "\n"],
    ["bytes that are no text", new Uint8Array([0xff, 0xfe, 0x0a])],
  ] as const
) {
  Deno.test(`a list with ${what} is refused with what to do, and nothing is changed`, async () => {
    await inState(async (options) => {
      const path = `${options.stateDir}/webhook-tokens`;
      const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
      await Deno.writeFile(path, bytes);
      for (const act of [initialize, previewInit, rotateWebhookToken, retireWebhookToken, matchWebhookToken]) {
        await assert.rejects(act(world, options), isState, act.name);
      }
      assert.deepEqual(await Deno.readFile(path), bytes);
    });
  });
}

for (const other of ["tokenFile: /made/up", "username: apiserver", "exec: {command: made-up}"]) {
  Deno.test(`no token is put beside ${other}, and nothing is changed`, async () => {
    await inOldState(async (options) => {
      const text = (await Deno.readTextFile(options.kubeconfigPath))
        .replace("  - name: apiserver\n", `  - name: apiserver\n    user: {${other}}\n`);
      await Deno.writeTextFile(options.kubeconfigPath, text);
      await assert.rejects(rotateWebhookToken(world, options), isState);
      assert.equal(await Deno.readTextFile(options.kubeconfigPath), text);
      assert.equal(await readAcceptedTokens(world, options.stateDir), undefined);
    });
  });
}

Deno.test("a rotation refuses what is no webhook kubeconfig, a place without one, and one without a state", async () => {
  await inState(async (options) => {
    const other = `${options.stateDir}/../admin.conf`;
    await Deno.writeTextFile(other, "current-context: admin\nusers: [{name: a, user: {token: made-up}}]\n");
    await assert.rejects(rotateWebhookToken(world, { ...options, kubeconfigPath: other }), isState);
    const missing = { ...options, kubeconfigPath: `${other}.none` };
    await assert.rejects(rotateWebhookToken(world, missing), isTooEarly);
    await assert.rejects(retireWebhookToken(world, missing), isTooEarly);
    await assert.rejects(rotateWebhookToken(world, { ...options, stateDir: `${other}.none` }), isState);
    assert.deepEqual(await stateOf(options), ["always", 1, "accepted"]);
  });
});

Deno.test("what a kubeconfig shows is compared as kube-apiserver reads it", async () => {
  await inState(async (options) => {
    const text = await Deno.readTextFile(options.kubeconfigPath);
    const token = new Secret((await tokenAt(options.kubeconfigPath))!);
    for (
      const [user, shown] of [
        [`{token: ${token.reveal()}}`, "accepted"],
        ["{token: made-up}", "refused"],
        ['{token: ""}', "missing"],
        ["{}", "missing"],
        [`{token: ${token.reveal()}, tokenFile: /made/up}`, "missing"],
      ] as const
    ) {
      await Deno.writeTextFile(options.kubeconfigPath, text.replace(/user:\n {6}token: \S+/, `user: ${user}`));
      assert.deepEqual(await stateOf(options), ["always", 1, shown], user.replace(token.reveal(), "…"));
    }
    await Deno.remove(options.kubeconfigPath);
    assert.deepEqual(await stateOf(options), ["always", 1, "missing"]);
  });
});
