/**
 * What a file of mappings says, whatever its form.
 *
 * @module
 */

import type { BackendMode } from "../mapping/backend_mode.ts";
import type { MappingProblem } from "../mapping/problem.ts";
import type { Rule } from "../mapping/rule.ts";
import type { YamlNode } from "../yaml.ts";

/** One source's mappings, as a file has them. */
export interface MappingDocument {
  readonly source: BackendMode;
  readonly path: string;
  readonly rules: readonly Rule[];
  readonly problems: readonly MappingProblem[];
  /** The entries as they were written. */
  readonly entries: readonly YamlNode[];
}

/** A file that was read as YAML. */
export interface YamlFile {
  readonly path: string;
  readonly text: string;
  readonly root: YamlNode;
}
