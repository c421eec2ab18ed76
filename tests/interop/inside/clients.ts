/**
 * The programs that print tokens of AWS: two of the peers' and two commands of ours. Each runs with the keys it is given
 * and no other setting of the machine.
 *
 * @module
 */

import type { AwsPrincipal } from "../../../lib/emulator/aws/principals.ts";
import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";

/** What a client runs with. */
export interface ClientRun {
  readonly clusterId: string;
  readonly keys: Omit<AwsPrincipal, "identity">;
  /** PEM file of the root to trust for STS, where a role is assumed. */
  readonly stsCaFile: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a client and takes the token from what it prints for kubectl. */
export type Client = (run: ClientRun) => Promise<string>;

/** `aws eks get-token`. */
export async function awsCli({ clusterId, args = [], ...run }: ClientRun): Promise<string> {
  return await tokenOf("aws", ["eks", "get-token", "--cluster-name", clusterId, ...args], run);
}

/** `aws-iam-authenticator token`; without a region it would look for one on the network, for seconds. */
export async function peerToken({ clusterId, args = [], env, ...run }: ClientRun): Promise<string> {
  return await tokenOf(peerBinary(), ["token", "-i", clusterId, ...args], {
    ...run,
    env: { AWS_REGION: "us-east-1", ...env },
  });
}

/** `ram-auth token --cloud aws`, with the permissions that ship. */
export async function ramAuthToken({ clusterId, args = [], ...run }: ClientRun): Promise<string> {
  return await ramAuth(["token", "--cloud", "aws", "-i", clusterId, ...args], run);
}

/** `ram-auth` in the place of `aws`, in the words of EKS's kubeconfigs. */
export async function ramAuthAsAws({ clusterId, args = [], ...run }: ClientRun): Promise<string> {
  const global = ["--region", "us-west-2"];
  return await ramAuth([...global, "eks", "get-token", "--cluster-name", clusterId, "--output", "json", ...args], run);
}

/** Where the peer's program is. */
export function peerBinary(): string {
  return `${Deno.env.get("RAM_AUTH_TEST_PEERS")}/aws-iam-authenticator`;
}

type Environment = Pick<ClientRun, "keys" | "stsCaFile" | "env">;

async function ramAuth(args: readonly string[], { env, ...run }: Environment): Promise<string> {
  const program = ["run", "--quiet", ...TOKEN_PERMISSIONS, `${Deno.cwd()}/main.ts`];
  return await tokenOf(Deno.execPath(), [...program, ...args], {
    ...run,
    env: { RAM_AUTH_STS_CA_FILE: run.stsCaFile, ...env },
  });
}

async function tokenOf(
  command: string,
  args: readonly string[],
  { keys, stsCaFile, env }: Environment,
): Promise<string> {
  const { accessKeyId, accessKeySecret, securityToken } = keys;
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH")!,
      HOME: Deno.env.get("TMPDIR")!,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: accessKeySecret,
      ...(securityToken !== undefined && { AWS_SESSION_TOKEN: securityToken }),
      // The roots to trust, in the words of awscli and of Go.
      AWS_CA_BUNDLE: stsCaFile,
      SSL_CERT_FILE: stsCaFile,
      ...env,
    },
    stdin: "null",
  }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout)).status.token;
}
