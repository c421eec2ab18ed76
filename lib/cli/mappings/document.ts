/**
 * What a file of mappings says, or an API server, whatever its form.
 *
 * @module
 */

import type { BackendMode } from "../../mapping/backend_mode.ts";
import type { SourceContent } from "../../mapping/explain/explain.ts";
import type { YamlNode } from "../../yaml/read.ts";

/** One source's mappings, as a file or an API server has them. */
export interface MappingDocument extends SourceContent {
  readonly source: BackendMode;
}

/** A file that was read as YAML. */
export interface YamlFile {
  readonly path: string;
  readonly text: string;
  readonly root: YamlNode;
}
