/**
 * Which sources are asked, in their order: those of the option, or of the file that may be in its place.
 *
 * @module
 */

import { readTextFileIfThere } from "../../files.ts";
import { BACKEND_MODE_NAMES, type BackendMode, configMapMode, readBackendMode } from "../../mapping/backend_mode.ts";
import type { CloudId } from "../../identity/identity.ts";
import type { World } from "../../world.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { RamAuthError } from "../../errors.ts";
import type { YamlNode } from "../../yaml/node.ts";
import { readYaml } from "../../yaml/read_aside.ts";
import { quoted } from "../../quote.ts";

/** Largest file of backend modes in bytes. */
const MAX_MODE_FILE_BYTES = 65_536;

/** What names the sources. */
export interface BackendModes {
  /** In the order in which they are asked. */
  readonly modes: readonly BackendMode[];
  /** `server.dynamicBackendModePath`: its content wins over `modes` as long as it is there. */
  readonly modeFile: string | undefined;
  /** Those whose tokens are accepted, by which "ConfigMap" has a meaning in that file. Default: not known. */
  readonly clouds?: readonly CloudId[];
}

/**
 * The sources as they are named now.
 *
 * @throws {FileError} {YamlError} {BackendModeFileError} if the file is there and cannot be used
 */
export async function readBackendModes(
  world: World,
  { modes, modeFile, clouds }: BackendModes,
): Promise<readonly BackendMode[]> {
  if (modeFile === undefined) return modes;
  const what = "the file of backend modes";
  const text = await readTextFileIfThere(world, modeFile, { what, maxBytes: MAX_MODE_FILE_BYTES, onlyRegular: true });
  return text === undefined ? modes : modesOf(await readYaml(text), clouds);
}

/** The file says nothing that can be used. Trust: the operator, or a program of the operator's, writes it. */
export class BackendModeFileError extends RamAuthError {
  readonly code = "ERR_BACKEND_MODE_FILE";
}

/**
 * What `{"backendMode": "MountedFile EKSConfigMap"}` says; other members tell when and by whom it was written, and mean
 * nothing here.
 *
 * @throws {BackendModeFileError} if it names no source, an unknown one, or one twice
 */
export function modesOf(root: YamlNode, clouds: readonly CloudId[] = []): readonly BackendMode[] {
  const refuse = (why: string) => new BackendModeFileError(`Cannot read the file of backend modes: ${why}`);
  const entries = root.kind === "map" ? root.entries : [];
  const [value, ...others] = entries.filter(({ key }) => foldAsciiCase(key) === "backendmode").map(({ value }) =>
    value
  );
  if (value?.kind !== "scalar" || typeof value.value !== "string" || others.length > 0) {
    throw refuse('it has no "backendMode", or more than one; write {"backendMode": "MountedFile DynamicFile"}');
  }
  const names = value.value.split(/[\s,]+/).filter((name) => name !== "");
  const configMap = configMapMode(names, clouds);
  const modes = names.map((name) => {
    const mode = readBackendMode(name, configMap);
    if (mode === undefined) {
      throw refuse(`${quoted(name)} is not a mapping source; use one of ${BACKEND_MODE_NAMES.join(", ")}`);
    }
    return mode;
  });
  if (modes.length === 0) throw refuse('"backendMode" is empty; name at least one source');
  if (new Set(modes).size < modes.length) throw refuse("it names a source twice; name it once");
  return modes;
}
