/**
 * Commands that take the same options, and limits that several options share.
 *
 * @module
 */

/** Highest port number (RFC 9293, section 3.1: 16 bits). */
export const MAX_PORT = 65_535;

/** Highest number that flags of aws-iam-authenticator hold (Go's `int` on 32-bit machines). */
export const MAX_GO_INTEGER = 2_147_483_647;

/** `config` shows what `server` would use, so it takes the same options. */
export const SERVER = ["server", "config"] as const;

/** What kubeconfigs of ack-ram-tool call. */
export const PLUGIN = "credential-plugin get-token";

/** Why that command ignores flags about the log; silently, because its kubeconfigs always have one. */
export const NO_PLUGIN_LOG = { by: [PLUGIN], because: "this command writes no log", silently: true } as const;

/** Why commands of one answer ignore flags about the log. */
export const NO_LOG = { by: ["token", "verify", "init"], because: "this command writes no log" } as const;

/** The commands that mint a token. */
export const MINTING = ["token", "eks get-token", PLUGIN] as const;

/** The commands that judge a token. */
export const JUDGING = [...SERVER, "verify", "explain"] as const;

/** The commands that look at mappings. */
export const LOOKING = ["explain", "mappings list"] as const;

/** The commands that read mappings. */
export const MAPPING = [...SERVER, ...LOOKING] as const;

/** The commands that add to a ConfigMap of mappings. */
export const ADDING = ["add user", "add role"] as const;

/** The commands that edit a ConfigMap of mappings. */
export const EDITING = [...ADDING, "remove user", "remove role"] as const;
