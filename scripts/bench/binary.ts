/**
 * What a binary costs: its size, a login with it against a binary that does nothing, against the sources and the other
 * tool, and the memory of a server. Both binaries are compiled for it, which takes a runtime (`DENORT_BIN`, or a
 * download).
 *
 * @module
 */

import { messageOf } from "../../lib/errors.ts";
import { compile, compileBundle } from "../compile/compile.ts";
import { ENTRY } from "../compile/bundle.ts";
import { type Target, targetNamed } from "../compile/runtime.ts";
import { TOKEN_PERMISSIONS } from "../permissions.ts";
import { LOGINS, peerLogin, startInTurn } from "./in_turn.ts";
import { serverMemory } from "./server_memory.ts";
import { row } from "./table.ts";

/** What a login is to stay under, as a multiple of an empty binary. */
const EMPTY_GOAL = 1.15;

/** Measures, and returns rows to print. */
export async function benchBinary(): Promise<string> {
  const target = targetNamed(Deno.build.target);
  const folder = await Deno.makeTempDir({ prefix: "bench-binary-" });
  try {
    if (target === undefined) throw new Error(`Cannot compile for ${Deno.build.target}`);
    const [binary, empty] = await compileBoth(folder, target);
    return `${await sizes(binary, empty)}${await startUps(binary, empty)}${await memory(binary)}`;
  } catch (error) {
    return row("compiled", `not measured: ${messageOf(error)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function compileBoth(folder: string, target: Target): Promise<[binary: string, empty: string]> {
  const [binary, empty] = [`${folder}/ram-auth`, `${folder}/empty`];
  await compile({ target, output: binary });
  await Deno.mkdir(`${folder}/nothing`);
  await Deno.writeTextFile(`${folder}/nothing/${ENTRY}`, "");
  await compileBundle(`${folder}/nothing`, empty, target);
  return [binary, empty];
}

async function sizes(binary: string, empty: string): Promise<string> {
  const megabytes = async (path: string) => ((await Deno.stat(path)).size / 1_000_000).toFixed(1);
  return row("compiled, size", `${await megabytes(binary)} MB, of which runtime ${await megabytes(empty)} MB`);
}

async function startUps(binary: string, empty: string): Promise<string> {
  const peer = peerLogin();
  const { milliseconds, ratio } = await startInTurn({
    empty: { command: empty, args: [] },
    alibaba: { command: binary, args: LOGINS.alibaba },
    aws: { command: binary, args: LOGINS.aws },
    source: { command: Deno.execPath(), args: ["run", ...TOKEN_PERMISSIONS, "main.ts", ...LOGINS.aws] },
    other: peer ?? { command: empty, args: [] },
  });
  const toEmpty = (of: "alibaba" | "aws") =>
    `${milliseconds(of)}, ${ratio(of, "empty")} of empty (goal: at most ${EMPTY_GOAL})`;
  return row("compiled, empty", milliseconds("empty")) +
    row("compiled token, Alibaba", toEmpty("alibaba")) +
    row("compiled token, AWS", `${toEmpty("aws")}, ${ratio("aws", "source")} of source`) +
    row(
      "compiled token to aws-iam-authenticator's",
      peer ? `${ratio("aws", "other")} of ${milliseconds("other")}` : "not measured: RAM_AUTH_TEST_PEERS is not set",
    );
}

async function memory(binary: string): Promise<string> {
  const { idle, worked, reviews } = await serverMemory(binary);
  return row("compiled server, memory", `${idle} MB idle, ${worked} MB after ${reviews} reviews`);
}
