/**
 * What a file of mappings says, or an API server, whatever its form.
 *
 * @module
 */

import type { BackendMode } from "../../mapping/backend_mode.ts";
import type { SourceContent } from "../../mapping/explain/explain.ts";
import type { MappingProblem } from "../../mapping/problem.ts";
import { YamlError, type YamlNode } from "../../yaml/read.ts";

/** One source's mappings, as a file or an API server has them. */
export interface MappingDocument extends SourceContent {
  readonly source: BackendMode;
  /** Why no server has any of it in force, though it can be read: no source reads it, or no API server takes it. */
  readonly unused?: readonly MappingProblem[];
}

/** What a server has in force of a document. */
export function inForce(document: MappingDocument): MappingDocument {
  const { unused = [], problems } = document;
  return unused.length === 0 ? document : { ...document, rules: [], problems: [...unused, ...problems] };
}

/** A file that was read as YAML. */
export interface YamlFile {
  readonly path: string;
  readonly text: string;
  /** At least one. */
  readonly documents: readonly YamlNode[];
}

/**
 * The document of a file that a server reads: a config file, a DynamicFile.
 *
 * @throws {YamlError} if there are several
 */
export function soleDocument({ documents: [first, second] }: Pick<YamlFile, "documents">): YamlNode {
  if (second === undefined) return first!;
  const message = "A config file or DynamicFile is one document, and here another starts; keep one in the file";
  throw new YamlError([{ line: second.line, column: second.column, message }]);
}
