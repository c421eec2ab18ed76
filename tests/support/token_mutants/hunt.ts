/**
 * The hunt for a mutant that does harm (T-23): one flow, and a table of the clouds whose tokens are mutated.
 *
 * @module
 */

import type { CloudId } from "../../../lib/identity/identity.ts";
import { pick, type Random, seededRandom } from "../seeded_random.ts";
import { alibabaSubject } from "./alibaba_subject.ts";
import { awsSubject } from "./aws_subject.ts";
import { createMutantJudge, type MutantVerdict } from "./judge_mutant.ts";
import { mutateToken } from "./mutate_token.ts";
import type { Subject } from "./subject.ts";

/** The clouds whose tokens can be hunted through. */
export const SUBJECTS: Readonly<Record<CloudId, () => Promise<Subject>>> = {
  alibaba: alibabaSubject,
  aws: awsSubject,
};

/** Share of mutants that are made of a token that is not valid here, and share of splices that come from one. */
const SHARE_OF_STRANGERS = 0.25;

/** A hunt through the mutants of one cloud's tokens. */
export interface Hunt {
  /** The mutant of a seed: always the same one. */
  mutant(seed: number): string;
  judge(mutant: string): MutantVerdict;
}

/** Makes the tokens and the judge. */
export async function createHunt(cloud: CloudId): Promise<Hunt> {
  const subject = await SUBJECTS[cloud]();
  const { valid, strangers, anatomy } = subject;
  const some = (random: Random) => random() < SHARE_OF_STRANGERS ? strangers : valid;
  return {
    mutant(seed) {
      const random = seededRandom(seed);
      return mutateToken(pick(some(random), random), some(random), anatomy, random);
    },
    judge: createMutantJudge(subject),
  };
}
