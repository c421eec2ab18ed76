/**
 * What a login costs the user who runs it with Deno: `ram-auth token` of each cloud from source and from the bundle, next
 * to an empty program, and to the other tool where there is one.
 *
 * @module
 */

import { TOKEN_PERMISSIONS } from "../permissions.ts";
import type { Program } from "../../tests/support/login_program.ts";
import { ENTRY, START_FLAGS } from "../compile/bundle.ts";
import { makeBundle } from "../compile/compile.ts";
import { LOGINS, peerLogin, startInTurn } from "./in_turn.ts";
import { row } from "./table.ts";

/** What a login from source is to stay under, as a multiple of an empty program. */
const SOURCE_GOAL = 1.5;

/** What a login from the bundle is to stay under, as a multiple of the other tool that does the same work. */
const PEER_GOAL = 1.1;

/** Measures, and returns rows to print. */
export async function benchTokenStart(): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/empty.ts`, "");
    await makeBundle(`${folder}/bundle`);
    const bundle = `${folder}/bundle/${ENTRY}`;
    const peer = peerLogin();
    const empty = byDeno(`${folder}/empty.ts`);
    const { milliseconds, ratio } = await startInTurn({
      empty,
      sourceAlibaba: byDeno("main.ts", ...LOGINS.alibaba),
      sourceAws: byDeno("main.ts", ...LOGINS.aws),
      bundleAlibaba: byDeno(...START_FLAGS, bundle, ...LOGINS.alibaba),
      bundleAws: byDeno(...START_FLAGS, bundle, ...LOGINS.aws),
      other: peer ?? empty,
    });
    const toEmpty = (of: Parameters<typeof milliseconds>[0]) => `${milliseconds(of)}, ${ratio(of, "empty")} of empty`;
    return row("empty program", milliseconds("empty")) +
      row("from source, Alibaba", `${toEmpty("sourceAlibaba")}${goal(SOURCE_GOAL)}`) +
      row("from source, AWS", `${toEmpty("sourceAws")}${goal(SOURCE_GOAL)}`) +
      row("from the bundle, Alibaba", toEmpty("bundleAlibaba")) +
      row("from the bundle, AWS", toEmpty("bundleAws")) +
      (peer === undefined
        ? row("aws-iam-authenticator token", "not measured: RAM_AUTH_TEST_PEERS is not set")
        : row("aws-iam-authenticator token", `${milliseconds("other")}, ${ratio("other", "empty")} of empty`) +
          row("from the bundle, to it", `${ratio("bundleAws", "other")}${goal(PEER_GOAL)}`) +
          row("from source, to it", ratio("sourceAws", "other")));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function byDeno(...program: readonly string[]): Program {
  return { command: Deno.execPath(), args: ["run", ...TOKEN_PERMISSIONS, ...program] };
}

function goal(most: number): string {
  return ` (goal: at most ${most})`;
}
