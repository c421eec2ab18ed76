/**
 * The permissions that ship: what the program may do when it runs from source, in subprocess tests and in its unit
 * files. Nothing else may grant more, so that a test notices a part that reaches further.
 *
 * @module
 */

/** `ram-auth token`: it signs with what it reads, so it needs neither network nor a place to write. */
export const TOKEN_PERMISSIONS: readonly string[] = ["--no-prompt", "--allow-env", "--allow-read"];

/** `ram-auth server`, and every other command: no subprocesses, no native code. Pino asks for the host's name. */
export const SERVER_PERMISSIONS: readonly string[] = [
  ...TOKEN_PERMISSIONS,
  "--allow-write",
  "--allow-net",
  "--allow-sys=hostname",
];
