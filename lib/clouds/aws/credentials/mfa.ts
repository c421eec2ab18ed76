/**
 * Asks the person at the terminal for the code of an MFA device. Never on standard output, which belongs to the answer.
 *
 * @module
 */

import { CredentialsError } from "../../signer.ts";
import { readLine } from "../../../read_line.ts";
import type { World } from "../../../world.ts";

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
