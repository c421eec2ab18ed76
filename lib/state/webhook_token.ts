/**
 * The token that kube-apiserver shows when it asks the server. It stands in the webhook kubeconfig; the state has its
 * digest, so that whoever reads the state cannot ask. Where the state has none, everybody who reaches the server may ask.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { FileError, type Owner, writeFileAtomic } from "../files.ts";
import { readGuarded } from "../guarded_file.ts";
import { Secret } from "../secret.ts";
import type { World } from "../world.ts";
import { StateError } from "./state_error.ts";
import { STATE_FILES, statePath } from "./state_files.ts";

/** Largest file that is read. */
const MAX_BYTES = 4_096;

/** So many are accepted over a rotation: the one that kube-apiserver shows until it is restarted, and the new one. */
export const MAX_KEPT_TOKENS = 2;

/** So much is drawn at random, in bytes: SHA-256 of it is found by no search, so that the digest needs no salt. */
const TOKEN_BYTES = 32;

/** How a token begins, so that one that leaked is found by who looks for secrets. */
const TOKEN_PREFIX = "ram-auth-webhook-";

/** The entry by which who shows no token is answered, too. */
export const ANYONE = "anyone";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

const HEADER = "# Who may ask this server: SHA-256 of the tokens in webhook kubeconfigs, the oldest first.\n" +
  "# Change it by: ram-auth webhook-token\n";

/** Who may ask: {@linkcode ANYONE}, or a token by its {@linkcode digestOf}. The oldest entry comes first. */
export type AcceptedTokens = readonly string[];

/** A new token. */
export function makeWebhookToken(): Secret {
  const random = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return new Secret(TOKEN_PREFIX + random.toBase64({ alphabet: "base64url", omitPadding: true }));
}

/** What the state has of a token. */
export function digestOf(token: Secret): string {
  return `sha256:${createHash("sha256").update(token.reveal()).digest("hex")}`;
}

/** Whether a webhook kubeconfig has a token that is accepted. That {@linkcode ANYONE} may ask does not count. */
export function accepts(accepted: AcceptedTokens, token: Secret | undefined): boolean {
  return token !== undefined && accepted.includes(digestOf(token));
}

/**
 * Reads who may ask; `undefined` where the state does not say, so that everybody may. Nobody may where the list is empty:
 * a first run was cut short before it wrote the webhook kubeconfig.
 *
 * @throws {StateError} if the file cannot be read, or has anything else in it
 */
export async function readAcceptedTokens(world: World, stateDir: string): Promise<AcceptedTokens | undefined> {
  const file = STATE_FILES.tokens;
  const path = statePath(stateDir, file);
  const refuse = (why: string) =>
    new StateError(
      `Cannot use ${file.what} "${path}": ${why}; restore it from a backup, or remove it, start the server again and ` +
        'run "ram-auth webhook-token rotate"',
    );
  const found = await readGuarded(world, path, { what: file.what, maxBytes: MAX_BYTES }).catch((cause) => {
    throw cause instanceof FileError ? new StateError(cause.message, { cause }) : cause;
  });
  if (found === undefined) return undefined;
  if (!found.text.endsWith("\n")) throw refuse("its end is missing");
  const lines = found.text.split("\n").map((line) => line.trim());
  const entries = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const wrong = entries.findIndex((entry) => entry !== ANYONE && !DIGEST.test(entry));
  if (wrong >= 0) {
    throw refuse(
      `its line ${lines.indexOf(entries[wrong]!) + 1} is neither "${ANYONE}" nor "sha256:" and 64 hex digits`,
    );
  }
  if (entries.length > MAX_KEPT_TOKENS) throw refuse(`it has more than ${MAX_KEPT_TOKENS} entries`);
  return entries;
}

/**
 * Writes who may ask, whole or not at all. Only under the lock of the state.
 *
 * @param heir to whom to give the file; `undefined` where it stays ours
 * @throws {FileError} if the folder is not writable
 */
export async function saveAcceptedTokens(
  world: World,
  stateDir: string,
  { accepted, heir }: { readonly accepted: AcceptedTokens; readonly heir: Owner | undefined },
): Promise<void> {
  const { what, mode } = STATE_FILES.tokens;
  const text = HEADER + accepted.map((entry) => `${entry}\n`).join("");
  await writeFileAtomic(world, statePath(stateDir, STATE_FILES.tokens), text, { what, mode, owner: heir });
}
