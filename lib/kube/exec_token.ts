/**
 * Tokens that a kubeconfig's exec plugin gives, run by the Kubernetes client package. The process needs the permission
 * to start programs, which the server does not have.
 *
 * @module
 */

import { KubeConfig, type User } from "@kubernetes/client-node";
import { messageOf } from "../errors.ts";
import { Secret } from "../secret.ts";
import { KubeError } from "./kube_error.ts";

/** How long a plugin may take: one that asks a cloud needs some seconds, and one that asks a person finds nobody. */
const DEADLINE_MS = 30_000;

/** How much of what a plugin writes to standard error is repeated. */
const MAX_REASON_CHARS = 500;

/**
 * Makes the function that asks the plugin of a user. The package keeps a token until it expires; one that was refused is
 * not asked for again.
 */
export function createExecToken(user: User): (isRefused: boolean) => Promise<Secret> {
  let runner = runnerFor(user);
  return async (isRefused) => {
    if (isRefused) runner = runnerFor(user);
    const attempt = `Cannot get a token from the exec plugin "${user.exec?.command}"`;
    const { headers, cert } = await run(runner, attempt);
    const token = headers !== undefined && "Authorization" in headers ? String(headers.Authorization) : "";
    if (token.startsWith("Bearer ")) return new Secret(token.slice("Bearer ".length));
    throw new KubeError(
      `${attempt}: it gave ${cert === undefined ? "none" : "a client certificate"}; use one that gives a token`,
    );
  };
}

/** A configuration that holds the plugin alone, so that the package reads nothing but what it gives. */
function runnerFor({ name, exec }: User): KubeConfig {
  const runner = new KubeConfig();
  runner.loadFromClusterAndUser({ name: "exec", server: "https://exec.invalid", skipTLSVerify: false }, { name, exec });
  return runner;
}

type HttpsOptions = Parameters<KubeConfig["applyToHTTPSOptions"]>[0];

async function run(runner: KubeConfig, attempt: string): Promise<HttpsOptions> {
  const options: HttpsOptions = {};
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new KubeError(`${attempt}: it did not end within ${DEADLINE_MS / 1_000} s; run it by hand`)),
    DEADLINE_MS,
  );
  try {
    await Promise.race([runner.applyToHTTPSOptions(options), late.promise]);
    return options;
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    const why = whyFailed(cause).trim().slice(0, MAX_REASON_CHARS) || "it exited without an error message";
    throw new KubeError(`${attempt}: ${why}; run it by hand, or use a token or a client certificate`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** What the plugin says; where it could not be started or understood, words of ours instead of the runtime's. */
function whyFailed(cause: unknown): string {
  if (cause instanceof SyntaxError || cause instanceof TypeError) return "what it printed is not an ExecCredential";
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") return messageOf(cause);
  return cause.code === "ENOENT" ? "there is no such program" : "it cannot be started";
}
