/**
 * The bearer token of a connection: kept for a while, and read again where it may have been rotated.
 *
 * @module
 */

import { readTextFile } from "../files.ts";
import { Secret } from "../secret.ts";
import type { World } from "../world.ts";
import { KubeError } from "./kube_error.ts";

/** How long a token is used before it is read again. Kubelet rotates one with a fifth of its life left; client-go: 1 min. */
const KEEP_MS = 60_000;

/** Largest file with a token; those of service accounts have under 2 KiB. */
const MAX_TOKEN_BYTES = 65_536;

/** Where a token comes from. Trust: whoever wrote the kubeconfig chose it. */
export type TokenOrigin =
  | { readonly kind: "fixed"; readonly token: Secret }
  | { readonly kind: "file"; readonly path: string }
  | {
    readonly kind: "exec";
    /** Asks the program; `isRefused`: the API server did not take what it gave last. @throws {KubeError} */
    readonly run: (isRefused: boolean) => Promise<Secret>;
  };

/** A token that is always fresh enough. */
export interface Bearer {
  /** @throws {FileError} {KubeError} if there is none, and was none before */
  current(): Promise<Secret | undefined>;
  /** Reads it again at once, because the API server refused it; whether it is another one now. @throws as `current` */
  renew(): Promise<boolean>;
}

/** Makes one; nothing is read before it is asked for. */
export function createBearer(world: World, origin: TokenOrigin | undefined): Bearer {
  let known: Secret | undefined;
  let readAtMs: number | undefined;
  const readAgain = async (isRefused: boolean) => {
    try {
      known = await read(world, origin, isRefused);
      readAtMs = world.now().getTime();
    } catch (failure) {
      if (known === undefined) throw failure;
    }
  };
  return {
    async current() {
      const age = readAtMs === undefined ? undefined : world.now().getTime() - readAtMs;
      if (age === undefined || age < 0 || age >= KEEP_MS) await readAgain(false);
      return known;
    },
    async renew() {
      const refused = known?.reveal();
      await readAgain(true);
      return known?.reveal() !== refused;
    },
  };
}

async function read(world: World, origin: TokenOrigin | undefined, isRefused: boolean): Promise<Secret | undefined> {
  switch (origin?.kind) {
    case undefined:
      return undefined;
    case "fixed":
      return assertToken(origin.token, "in the kubeconfig");
    case "exec": {
      const token = await origin.run(isRefused);
      return assertToken(token, "that the exec plugin gave");
    }
    case "file": {
      const text = await readTextFile(world, origin.path, {
        what: "the token file",
        maxBytes: MAX_TOKEN_BYTES,
        onlyRegular: true,
      });
      return assertToken(new Secret(text.trim()), `in the file "${origin.path}"`);
    }
  }
}

/** A header with other characters would be refused by `fetch`, in words that repeat it. */
function assertToken(token: Secret, where: string): Secret {
  if (/^[\x21-\x7e]+$/.test(token.reveal())) return token;
  throw new KubeError(
    `Cannot use the token ${where}: it is empty, or has characters that no token has; write only the token`,
  );
}
