/**
 * Every option of the server is shown to reach what it is for, by one of the other tests here: set at the start, and
 * changed while the server runs where it can be.
 */

import assert from "node:assert/strict";
import { optionsOf } from "../../../lib/config/command_options.ts";
import type { OptionRow } from "../../../lib/config/option.ts";
import { OPTION_ROWS } from "../../../lib/config/options.ts";
import { INSTANCES } from "./instances.ts";
import { NETWORK } from "./network.ts";
import { BOUND, NODE } from "./node.ts";
import { PEOPLE } from "./people.ts";
import { DELEGATE, DYNAMIC, KUBECONFIG, MASTER } from "./sources.ts";
import { type Stage, startStage } from "./stage.ts";
import { KEY_LIMIT, SERVER_LIMIT, STS } from "./sts.ts";

const STAGES: readonly Stage[] = [
  PEOPLE,
  NODE,
  BOUND,
  KUBECONFIG,
  MASTER,
  DYNAMIC,
  DELEGATE,
  STS,
  KEY_LIMIT,
  SERVER_LIMIT,
  NETWORK,
  INSTANCES,
];

const OPTIONS = optionsOf("server", OPTION_ROWS);

Deno.test("each option of the server is shown, and changed while it runs where a running server takes it up", () => {
  const rows = STAGES.flatMap(({ rows }) => Object.entries(rows));
  const missing = OPTIONS.filter(([name]) => !rows.some(([shown]) => shown === name)).map(([name]) => name);
  assert.deepEqual(missing, [], "add a row for each in tests/e2e/wiring/");
  for (const [name, row] of OPTIONS) {
    const isChanged = rows.some(([shown, { changed }]) => shown === name && changed !== undefined);
    assert.equal(isChanged, row.atOnce ?? false, name);
  }
});

/** Another value than any server of these tests has, as the config file holds it. */
function otherValue(row: OptionRow): unknown {
  switch (row.type) {
    case "integer":
      return row.max;
    case "boolean":
      return !row.default;
    case "choice":
      return row.choices.at(-1);
    case "list":
      return [row.choices?.at(-1) ?? "other"];
    default:
      return "other.example";
  }
}

Deno.test("a changed option that a running server does not take up is named, each one of them and no other", async () => {
  await using server = await startStage({ flags: ["-l", "json"] });
  const waiting = OPTIONS.filter(([name, row]) => !row.atOnce && row.yaml !== undefined && name !== "cluster-id");
  const keys: Record<string, unknown> = { sts: {} };
  for (const [, row] of waiting) {
    const [first, second, third] = row.yaml!.split(".");
    if (first !== "server") continue;
    if (third === undefined) keys[second!] = otherValue(row);
    else keys[second!] = { ...keys[second!] as object, [third]: otherValue(row) };
  }
  await server.change({ ...keys, sts: { endpoint: server.stsHost, ...keys.sts as object } });
  const told = async () =>
    /changes that take effect on a restart: (.*)/.exec(await server.page("/readyz?verbose"))?.[1];
  const names = waiting.filter(([, row]) => row.yaml!.startsWith("server.")).map(([name]) => name).join(", ");
  await server.until(told, names);
  await server.change(server.firstKeys);
  await server.until(told, undefined);
});
