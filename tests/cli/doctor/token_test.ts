/** Who may ask the server: each fault made, found, and mended by what `doctor` says. */

import assert from "node:assert/strict";
import { postReview } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";
import { admit } from "./patient.ts";

Deno.test("doctor finds a webhook token that is missing or not accepted, and a rotation that was not ended", async (t) => {
  await using patient = await admit();
  const { site, stateDir, expect, follow, mend } = patient;
  const rewrite = async (from: RegExp, to: string) => {
    const text = await Deno.readTextFile(site.webhookKubeconfig);
    assert.match(text, from);
    await Deno.writeTextFile(site.webhookKubeconfig, text.replace(from, to));
  };
  await t.step("all is well at first", async () => {
    await expect("webhook-token", "ok", /and no other/);
  });
  await t.step("a token that the state does not accept", async () => {
    await rewrite(/token: \S+/, "token: made-up");
    await follow(await expect("webhook-token", "failed", /does not accept the kubeconfig's/));
    await mend("webhook-token", "warning", /2 tokens are accepted/);
  });
  await t.step("no token in the kubeconfig", async () => {
    await rewrite(/\n +user:\n +token: \S+/, "");
    await follow(await expect("webhook-token", "failed", /the webhook kubeconfig has none/));
    await mend("webhook-token", "warning", /2 tokens are accepted/);
  });
  await t.step("no token at all, as older versions had it", async () => {
    await rewrite(/\n +user:\n +token: \S+/, "");
    await Deno.remove(`${stateDir}/webhook-tokens`);
    await follow(await expect("webhook-token", "warning", /any process that reaches the port can ask/));
    await mend("webhook-token", "warning", /those who show none are still answered/);
  });
  await t.step("a list that is damaged", async () => {
    await Deno.writeTextFile(`${stateDir}/webhook-tokens`, "anybody\n");
    const { todo } = await expect("webhook-token", "failed", /is neither "anyone" nor/);
    assert.match(todo!, /restore it from a backup/);
  });
});

Deno.test("doctor finds that only callers without the token come", async () => {
  await using patient = await admit();
  const { site, stateDir, examine, expect } = patient;
  await using _server = await site.start();
  await postReview("made-up", { url: site.url, caFile: `${stateDir}/ca.pem` }).catch(() => {});
  await waitFor(
    "the call to count",
    async () => (await examine()).findings.get("apiserver-calls")!.outcome === "failed",
  );
  const { todo } = await expect("apiserver-calls", "failed", /refused 1 calls without the webhook token/);
  assert.match(todo!, /restart kube-apiserver/);
});
