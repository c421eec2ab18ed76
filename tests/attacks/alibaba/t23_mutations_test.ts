import assert from "node:assert/strict";
import { createMutantJudge } from "../../support/judge_mutant.ts";
import { mutateToken } from "../../support/mutate_token.ts";
import { seededRandom } from "../../support/seeded_random.ts";

const MUTANTS = 20_000;
const SEED = 23;

Deno.test("T-23: 20,000 mutants of valid tokens are refused, or ask STS for what was signed", async () => {
  const { tokens, judge } = await createMutantJudge();
  const counts = { refused: 0, same: 0, sts_refuses: 0 };
  for (let index = 0; index < MUTANTS; index++) {
    const mutant = mutateToken(tokens[index % tokens.length]!, tokens, seededRandom(SEED + index));
    const verdict = judge(mutant);
    if (verdict.kind === "finding") assert.fail(`mutant ${index}: ${verdict.why}: ${JSON.stringify(mutant)}`);
    counts[verdict.kind] += 1;
  }
  for (const [kind, count] of Object.entries(counts)) assert.ok(count > MUTANTS / 100, `${kind}: only ${count}`);
});
