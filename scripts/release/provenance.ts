/**
 * Where the files of a release come from: a statement of in-toto with a predicate of SLSA. It has no times, so that the
 * same commit, made the same way, gives the same text.
 *
 * Source: in-toto Attestation Framework, Statement v1; slsa.dev/provenance/v1.
 *
 * @module
 */

import type { Artefact } from "./artefacts.ts";

/** Names the steps of `deno task release`, whose meaning is in ADR 48. */
const BUILD_TYPE = "urn:ram-auth:release:v1";

/** Who made a release that says nothing else: somebody's own machine, which confirms nothing about itself. */
export const LOCAL_BUILDER = "urn:ram-auth:builder:local";

/** Something that went into a release, as a `ResourceDescriptor` of in-toto has it. */
export interface Ingredient {
  readonly name: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
}

/** How a release was made. */
export interface Build {
  readonly builder: string;
  /** What the person who made it chose. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly ingredients: readonly Ingredient[];
  /** Container images in the artefacts, by the digests that registries know them by. Default: none. */
  readonly images?: readonly Artefact[];
}

/** The statement. */
export function provenanceOf(
  artefacts: readonly Artefact[],
  { builder, parameters, ingredients, images = [] }: Build,
): unknown {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [...artefacts, ...images].map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: parameters,
        resolvedDependencies: ingredients,
      },
      runDetails: { builder: { id: builder } },
    },
  };
}
