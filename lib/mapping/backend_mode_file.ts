/**
 * The file that `server.dynamicBackendModePath` names: which sources to use, in their order, as the peer writes it.
 *
 * @module
 */

import { foldAsciiCase } from "../identity/ascii_case.ts";
import { RamAuthError } from "../errors.ts";
import { parseYaml } from "../yaml.ts";
import { BACKEND_MODE_NAMES, type BackendMode, readBackendMode } from "./backend_mode.ts";
import { quote } from "./problem.ts";

/** The file says nothing that can be used. Trust: the operator, or a program of the operator's, writes it. */
export class BackendModeFileError extends RamAuthError {
  readonly code = "ERR_BACKEND_MODE_FILE";
  readonly publicMessage = "the server's mappings cannot be used";
}

/**
 * Reads `{"backendMode": "MountedFile EKSConfigMap"}`; other members tell when and by whom it was written, and mean
 * nothing here.
 *
 * @throws {YamlError} if it is neither JSON nor YAML
 * @throws {BackendModeFileError} if it names no source, an unknown one, or one twice
 */
export function parseBackendModeFile(text: string): readonly BackendMode[] {
  const refuse = (why: string) => new BackendModeFileError(`Cannot read the file of backend modes: ${why}`);
  const root = parseYaml(text);
  const entries = root.kind === "map" ? root.entries : [];
  const [value, ...others] = entries.filter(({ key }) => foldAsciiCase(key) === "backendmode").map(({ value }) =>
    value
  );
  if (value?.kind !== "scalar" || typeof value.value !== "string" || others.length > 0) {
    throw refuse('it has no "backendMode", or more than one; write {"backendMode": "MountedFile DynamicFile"}');
  }
  const modes = value.value.split(/[\s,]+/).filter((name) => name !== "").map((name) => {
    const mode = readBackendMode(name);
    if (mode === undefined) throw refuse(`${quote(name)} is no source; known are ${BACKEND_MODE_NAMES.join(", ")}`);
    return mode;
  });
  if (modes.length === 0) throw refuse('"backendMode" is empty; name at least one source');
  if (new Set(modes).size < modes.length) throw refuse("it names a source twice; name it once");
  return modes;
}
