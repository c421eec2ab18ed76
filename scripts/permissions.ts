/**
 * The permissions that ship: what the program may do when it runs from source, in subprocess tests and in its unit
 * files. Nothing else may grant more, so that a test notices a part that reaches further.
 *
 * @module
 */

/**
 * `ram-auth token`: it signs with what it reads. Only sources of credentials that are neither variables nor files go
 * further: to the network, and to the program that a profile names, by way of the shell. It writes nothing; a renewed SSO
 * session is not kept, and renewed again.
 */
export const TOKEN_PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-env",
  "--allow-read",
  "--allow-net",
  "--allow-run=/bin/sh",
];

/** `ram-auth server`, and every other command: no subprocesses, no native code. */
export const SERVER_PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-sys=osRelease,uid",
];

/**
 * A binary, which has one set for all commands; each gives up at once what it does not need (`lib/cli/permissions.ts`).
 * The shell is the one through which the program starts that a profile names.
 */
export function binaryPermissions(target: string): readonly string[] {
  const shell = target.includes("windows") ? "C:\\Windows\\System32\\cmd.exe" : "/bin/sh";
  return [...SERVER_PERMISSIONS, `--allow-run=${shell}`];
}
