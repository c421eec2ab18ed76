/**
 * What a login costs the user from source: `ram-auth token` of each cloud, an empty program, and the other tool where
 * there is one.
 *
 * @module
 */

import { TOKEN_PERMISSIONS } from "../permissions.ts";
import type { Program } from "../../tests/support/login_program.ts";
import { LOGINS, peerLogin, startInTurn } from "./in_turn.ts";
import { row } from "./table.ts";

/** What the token command is to stay under, as a multiple of an empty program. */
const GOAL = 1.6;

/** The same, as a multiple of the other tool that does the same work. */
const PEER_GOAL = 1.25;

/** Measures, and returns rows to print. */
export async function benchTokenStart(): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/empty.ts`, "");
    const peer = peerLogin();
    const { milliseconds, ratio } = await startInTurn({
      empty: fromSource(`${folder}/empty.ts`),
      alibaba: fromSource("main.ts", ...LOGINS.alibaba),
      aws: fromSource("main.ts", ...LOGINS.aws),
      other: peer ?? fromSource(`${folder}/empty.ts`),
    });
    const ofEmpty = (of: "alibaba" | "aws") => `${milliseconds(of)}, ${ratio(of, "empty")} of empty${goal(GOAL)}`;
    return row("empty program", milliseconds("empty")) +
      row("ram-auth token, Alibaba", ofEmpty("alibaba")) +
      row("ram-auth token, AWS", ofEmpty("aws")) +
      (peer === undefined
        ? row("aws-iam-authenticator token", "not measured: RAM_AUTH_TEST_PEERS is not set")
        : row("aws-iam-authenticator token", milliseconds("other")) +
          row("ram-auth token, AWS, to it", `${ratio("aws", "other")}${goal(PEER_GOAL)}`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function fromSource(...program: readonly string[]): Program {
  return { command: Deno.execPath(), args: ["run", ...TOKEN_PERMISSIONS, ...program] };
}

function goal(most: number): string {
  return ` (goal: at most ${most})`;
}
