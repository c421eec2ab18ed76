/**
 * The values that go into manifests: which ones are taken. Each becomes part of a YAML text, a path also of commands for
 * root in the comment at its head.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { quoted } from "../../quote.ts";

/** Longest image reference in characters: the reference implementation's 255 of the name, a tag and a digest. */
const MAX_IMAGE_CHARS = 512;

/** A reference as containerd reads it (github.com/distribution/reference): host, path, tag, digest. */
const IMAGE = new RegExp(
  "^(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\\[[0-9a-fA-F:]+\\])" +
    "(?::[0-9]{1,5})?/)?" +
    "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*" +
    "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64}|@sha512:[0-9a-f]{128})?$",
);

/** A folder on the node, in words that a shell takes as they are. */
const FOLDER = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+){2,}$/;

/**
 * Refuses a text that is no image reference.
 *
 * @throws {UsageError} saying what one looks like
 */
export function assertImage(image: string): void {
  if (image.length <= MAX_IMAGE_CHARS && IMAGE.test(image)) return;
  throw new UsageError(
    `Cannot use image ${quoted(image)}: it is no image reference; write it as registry.example.com/ram-auth:0.1.0, ` +
      "or with @sha256: and the digest",
  );
}

/**
 * Refuses what is no folder for the state alone. The pod owns it: below `/etc` it could change its own config, or what
 * kube-apiserver reads.
 *
 * @throws {UsageError} saying what to write
 */
export function assertStateFolder(path: string): void {
  const attempt = `Cannot use --state-dir ${quoted(path)} in a manifest`;
  if (!FOLDER.test(path)) {
    throw new UsageError(
      `${attempt}: it is no absolute path of a folder of its own, in letters, digits, ".", "_" and "-"; write it as ` +
        "/var/lib/ram-auth",
    );
  }
  if (path.startsWith("/etc/")) {
    throw new UsageError(
      `${attempt}: the pod may write there, and config and webhook kubeconfig are in /etc; choose a folder such as ` +
        "/var/lib/ram-auth",
    );
  }
}

/**
 * Refuses a health port that the server would choose itself: the kubelet could not know it.
 *
 * @throws {UsageError} saying what to write
 */
export function assertHealthPort(port: number): void {
  if (port !== 0) return;
  throw new UsageError("Cannot use --health-port 0 in a manifest: the kubelet has to know the port; name one");
}
