/**
 * The programs that kubeconfigs call for tokens, and what of ours replaces each.
 *
 * @module
 */

import type { CloudId } from "../../identity/identity.ts";
import type { CommandName } from "../../config/option.ts";

/** How kubeconfigs call us. */
export const OUR_PROGRAM = "ram-auth";

/** A program that we stand in for. */
export interface Peer {
  /** Our command that takes the arguments of its one. */
  readonly command: CommandName & ("token" | "eks get-token" | "credential-plugin get-token");
  /** Whose tokens it makes. */
  readonly cloud: CloudId;
}

/** `heptio-authenticator-aws` is what aws-iam-authenticator was called, `aws2` what version 2 of aws was. */
const PEERS: Readonly<Record<string, Peer>> = {
  "ack-ram-authenticator": { command: "token", cloud: "alibaba" },
  "ack-ram-tool": { command: "credential-plugin get-token", cloud: "alibaba" },
  "aws": { command: "eks get-token", cloud: "aws" },
  "aws2": { command: "eks get-token", cloud: "aws" },
  "aws-iam-authenticator": { command: "token", cloud: "aws" },
  "heptio-authenticator-aws": { command: "token", cloud: "aws" },
};

/** The program that a kubeconfig calls, by its name or a path to it; `undefined` if it is none of the other tools'. */
export function peerOf(command: string): Peer | undefined {
  const name = nameOf(command);
  return Object.hasOwn(PEERS, name) ? PEERS[name] : undefined;
}

/** Whether a kubeconfig calls us, by name or by path. */
export function isOurProgram(command: string): boolean {
  return nameOf(command) === OUR_PROGRAM;
}

/** The name of a program, without the folder that it is in. */
export function nameOf(command: string): string {
  return command.replace(/^.*[/\\]/, "").replace(/\.exe$/i, "");
}
