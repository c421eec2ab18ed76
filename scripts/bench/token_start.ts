/**
 * What a login costs the user who runs it with Deno: `ram-auth token` of each cloud from source and from the bundle, next
 * to an empty program, and to the other tool where there is one.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { DEMO_ROLES } from "../../lib/emulator/roles.ts";
import { startStsEmulator } from "../../lib/emulator/sts.ts";
import { makeLoopbackCertificate } from "../../tests/emulator/loopback_certificate.ts";
import { TOKEN_PERMISSIONS } from "../permissions.ts";
import { MADE_UP_KEYS, type Program } from "../../tests/support/login_program.ts";
import { ENTRY, START_FLAGS } from "../compile/bundle.ts";
import { makeBundle } from "../compile/compile.ts";
import { LOGINS, peerLogin, startInTurn } from "./in_turn.ts";
import { row } from "./table.ts";

/** What a login from source is to stay under, as a multiple of an empty program. */
const SOURCE_GOAL = 1.5;

/** The same for one with the cached credentials of a role. */
const CACHED_GOAL = 1.7;

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
    const cached = await warmCache(folder);
    const awsCli = awsCliLogin();
    const { milliseconds, ratio } = await startInTurn({
      empty,
      sourceAlibaba: byDeno("main.ts", ...LOGINS.alibaba),
      sourceAws: byDeno("main.ts", ...LOGINS.aws),
      sourceCached: byDeno(...MAY_READ_CACHE, "main.ts", ...cached),
      bundleCached: byDeno(...MAY_READ_CACHE, ...START_FLAGS, bundle, ...cached),
      bundleAlibaba: byDeno(...START_FLAGS, bundle, ...LOGINS.alibaba),
      bundleAws: byDeno(...START_FLAGS, bundle, ...LOGINS.aws),
      other: peer ?? empty,
      awsCli: awsCli ?? empty,
    });
    const toEmpty = (of: Parameters<typeof milliseconds>[0]) => `${milliseconds(of)}, ${ratio(of, "empty")} of empty`;
    return row("empty program", milliseconds("empty")) +
      row("from source, Alibaba", `${toEmpty("sourceAlibaba")}${goal(SOURCE_GOAL)}`) +
      row("from source, AWS", `${toEmpty("sourceAws")}${goal(SOURCE_GOAL)}`) +
      row("from source, AWS, cached role", `${toEmpty("sourceCached")}${goal(CACHED_GOAL)}`) +
      row("from the bundle, AWS, cached role", toEmpty("bundleCached")) +
      row("from the bundle, Alibaba", toEmpty("bundleAlibaba")) +
      row("from the bundle, AWS", toEmpty("bundleAws")) +
      (peer === undefined
        ? row("aws-iam-authenticator token", "not measured: RAM_AUTH_TEST_PEERS is not set")
        : row("aws-iam-authenticator token", `${milliseconds("other")}, ${ratio("other", "empty")} of empty`) +
          row("from the bundle, to it", `${ratio("bundleAws", "other")}${goal(PEER_GOAL)}`) +
          row("from source, to it", ratio("sourceAws", "other"))) +
      (awsCli === undefined
        ? row("aws eks get-token", "not measured: there is no aws")
        : row("aws eks get-token", `${milliseconds("awsCli")}, ${ratio("awsCli", "bundleAws")} of the bundle`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Who runs it owns the file, or it is not used. */
const MAY_READ_CACHE = ["--allow-sys=uid"];

/** Fills a cache as a login does, and gives the arguments of the next one, which asks nobody. */
async function warmCache(folder: string): Promise<readonly string[]> {
  const certificate = await makeLoopbackCertificate();
  await Deno.writeTextFile(`${folder}/ca.pem`, certificate.caPem);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: accessKeySecret } = MADE_UP_KEYS;
  const sts = startStsEmulator({
    ...certificate,
    principals: [{ ...DEMO_AWS_PRINCIPALS.dave, accessKeyId, accessKeySecret }],
    roles: DEMO_ROLES,
    now: () => new Date(),
  });
  const cached = [
    ...[
      ...LOGINS.aws,
      "-r",
      "arn:aws:iam::123456789012:role/ClusterAdmin",
      "--cache",
      "--cache-dir",
      `${folder}/cache`,
    ],
    ...["--sts-endpoint", sts.host, "--sts-ca-file", `${folder}/ca.pem`],
  ];
  const { args, command } = byDeno(...MAY_READ_CACHE, `--allow-write=${folder}`, "main.ts", ...cached);
  const { success, stderr } = await new Deno.Command(command, { args: [...args], env: MADE_UP_KEYS }).output();
  await sts.shutdown();
  if (success && stderr.length === 0) return cached;
  throw new Error(`Cannot fill the cache: ${new TextDecoder().decode(stderr)}`);
}

/** The login of kubeconfigs of EKS, where the AWS CLI is installed. */
function awsCliLogin(): Program | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const command = folders.map((folder) => `${folder}/aws`).find((path) => existsSync(path));
  return command === undefined ? undefined : { command, args: ["eks", "get-token", "--cluster-name", "bench"] };
}

function byDeno(...program: readonly string[]): Program {
  return { command: Deno.execPath(), args: ["run", ...TOKEN_PERMISSIONS, ...program] };
}

function goal(most: number): string {
  return ` (goal: at most ${most})`;
}
