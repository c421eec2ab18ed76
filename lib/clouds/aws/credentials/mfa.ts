/**
 * Asks the person at the terminal for the code of an MFA device. Never on standard output, which belongs to the answer.
 *
 * @module
 */

import { CredentialsError } from "../../signer.ts";
import type { World } from "../../../world.ts";

/** Most bytes of an answer; a code has six digits. */
const MAX_LINE_BYTES = 256;

/** Codes of MFA devices: `TokenCode` in "AssumeRole" of the STS API reference. */
const CODE = /^\d{6}$/;

/**
 * Asks for the code that a device shows.
 *
 * @throws {CredentialsError} if nobody sits at a terminal, or the answer is no code
 */
export async function askMfaCode(world: World, device: string): Promise<string> {
  const attempt = `Cannot ask for the MFA code of "${device}"`;
  if (!world.stdin.isTerminal) {
    throw new CredentialsError(
      `${attempt}: standard input is not a terminal; run "ram-auth token" in a terminal, write ` +
        '"interactiveMode: IfAvailable" into the exec section of the kubeconfig, or use credentials without MFA',
    );
  }
  world.stderr.write(`MFA code of ${device}: `);
  const code = (await readLine(world)).trim();
  if (CODE.test(code)) return code;
  throw new CredentialsError(`${attempt}: the answer is not six digits; try again`);
}

async function readLine(world: World): Promise<string> {
  const reader = world.stdin.readable.getReader();
  const decoder = new TextDecoder();
  try {
    let line = "";
    while (!line.includes("\n") && line.length <= MAX_LINE_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      line += decoder.decode(value, { stream: true });
    }
    return line.split("\n", 1)[0]!;
  } finally {
    reader.releaseLock();
  }
}
