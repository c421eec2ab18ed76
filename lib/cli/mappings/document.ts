/**
 * What a file of mappings says, or an API server, whatever its form.
 *
 * @module
 */

import type { BackendMode } from "../../mapping/backend_mode.ts";
import type { DynamicFileOptions } from "../../mapping/forms/dynamic_document.ts";
import type { PolicyBinding } from "../../mapping/foreign/policy_bindings.ts";
import type { SourceContent } from "../../mapping/explain/explain.ts";
import type { MappingProblem } from "../../mapping/problem.ts";
import { YamlError, type YamlNode } from "../../yaml/read.ts";

/** One source's mappings, as a file or an API server has them. */
export interface MappingDocument extends SourceContent {
  readonly source: BackendMode;
  /** Why no server has any of it in force, though it can be read: no source reads it, or no API server takes it. */
  readonly unused?: readonly MappingProblem[];
  /** What has to happen before a server reads it, where none does as it is: one of its problems. */
  readonly detour?: MappingProblem;
  /** Set where another tool writes what the file says to where a server looks. */
  readonly isForeign?: true;
  /** What groups of its rules are to be bound to, where the form gives permissions itself. */
  readonly bindings?: readonly PolicyBinding[];
}

/** What a server has in force of a document. */
export function inForce(document: MappingDocument): MappingDocument {
  const { unused = [], problems } = document;
  return unused.length === 0 ? document : { ...document, rules: [], problems: [...unused, ...problems] };
}

/** How files are read. */
export interface ReadOptions extends DynamicFileOptions {
  /** What the names of groups for EKS's access policies start with. Default: {@linkcode FILE_GROUP_PREFIX}. */
  readonly groupPrefix?: string;
}

/** No source but the config file may give groups that start so, unless its operator allows it (ADR 21). */
export const FILE_GROUP_PREFIX = "ram-auth:eks:";

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
