/**
 * The files of `init --install` that are the same on every machine: the program, the systemd unit and its user.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../../errors.ts";
import type { World } from "../../world.ts";
import { STATE_FILES } from "../../state/state_files.ts";
import { WEBHOOK_KUBECONFIG_MODE } from "../../state/webhook_kubeconfig.ts";
import { FOLDERS, inRoot, PLACES, STATE_DIR, SYSUSERS, UNIT, WEBHOOK_KUBECONFIG } from "./node_files.ts";
import { type PlannedFile, planProgram, planText } from "./planned_file.ts";

/** Where to make the files as somebody who is not root. */
const STAGE = "./install";

/** The program cannot be put in place, or taken away. */
export class InstallError extends RamAuthError {
  readonly code = "ERR_INSTALL";
}

/**
 * Plans the files.
 *
 * @param options.program the compiled program to copy
 * @throws {InstallError} if there is none
 * @throws {FileError} if what is there cannot be read
 */
export async function planInstall(
  world: World,
  { program, root }: { readonly program: string | undefined; readonly root: string | undefined },
): Promise<PlannedFile[]> {
  if (program === undefined) {
    throw new InstallError(
      "Cannot install ram-auth: it runs from its sources, and the unit runs the compiled program; " +
        'make that with "deno task compile", and install with: dist/ram-auth init --install',
    );
  }
  const at = <Place extends { readonly path: string }>(place: Place) => ({ ...place, path: inRoot(root, place.path) });
  return [
    await planProgram(world, program, at(PLACES.program)),
    await planText(world, { ...at(PLACES.unit), text: UNIT }),
    await planText(world, { ...at(PLACES.sysusers), text: SYSUSERS }),
  ];
}

/** What was thrown; where the system denied something, with what to do as somebody who is not root. */
export function explainDenied(
  thrown: unknown,
  { byPackage, hasAdmin }: { readonly byPackage: boolean; readonly hasAdmin: boolean },
): unknown {
  if (!isDenied(thrown)) return thrown;
  const { adminBinding, config, ...places } = PLACES;
  const files = [
    ...(byPackage ? [] : Object.values(places)),
    config,
    ...(hasAdmin ? [adminBinding] : []),
    ...Object.values(STATE_FILES).map(({ name, mode }) => ({ path: `${STATE_DIR}/${name}`, mode })),
    { path: WEBHOOK_KUBECONFIG, mode: WEBHOOK_KUBECONFIG_MODE },
  ];
  const lines = [
    ...Object.values(FOLDERS).map(({ path, mode }) => `  sudo install -d -m ${modeText(mode)} ${path}`),
    ...files.map(({ path, mode }) => `  sudo install -D -m ${modeText(mode)} ${STAGE}${path} ${path}`),
  ];
  return new InstallError(
    `${messageOf(thrown)}\nTo install, run the same with sudo; or run it with --root ${STAGE}, and then:\n${
      lines.join("\n")
    }`,
    { cause: thrown },
  );
}

/** Permission bits as people write them: `0644`. */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function isDenied(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.PermissionDenied || (thrown instanceof Error && isDenied(thrown.cause));
}
