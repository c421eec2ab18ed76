/**
 * What `apiserver configure` may do to a manifest, judged by a YAML parser.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { ControlPlaneNode } from "./control_plane_node.ts";

/** Asserts that a manifest is another with the flag, one mount and one volume more, and nothing else. */
export function assertOnlyAdded(node: ControlPlaneNode, original: string, changed: string): void {
  const got = parse(changed);
  const container = got.spec.containers.find(({ command }: { command?: string[] }) => command?.includes(node.flag));
  take(container.command, node.flag);
  take(container.volumeMounts, { name: "ram-auth", mountPath: node.webhookDir, readOnly: true });
  take(got.spec.volumes, { name: "ram-auth", hostPath: { path: node.webhookDir, type: "Directory" } });
  assert.deepEqual(got, parse(original));
}

function take(list: unknown[], what: unknown): void {
  const at = list.findIndex((one) => JSON.stringify(one) === JSON.stringify(what));
  assert.notEqual(at, -1, `${JSON.stringify(what)} is not in ${JSON.stringify(list)}`);
  list.splice(at, 1);
}
