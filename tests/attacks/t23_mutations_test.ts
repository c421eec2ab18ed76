import assert from "node:assert/strict";
import type { CloudId } from "../../lib/identity/identity.ts";
import { createHunt, SUBJECTS } from "../support/token_mutants/hunt.ts";

const MUTANTS = 20_000;
const SEED = 23;

/** Mutants that a hunt once found, and what each got past: they stay refused. */
const FOUND: Readonly<Record<CloudId, ReadonlyArray<readonly [what: string, mutant: string]>>> = {
  alibaba: [],
  aws: [],
};

for (const cloud of Object.keys(SUBJECTS) as CloudId[]) {
  Deno.test(`T-23: 20,000 mutants of valid tokens of ${cloud} are refused, or ask STS for what was signed`, async (t) => {
    const { mutant, judge } = await createHunt(cloud);
    const counts = { refused: 0, same: 0, sts_refuses: 0 };
    for (let seed = SEED; seed < SEED + MUTANTS; seed++) {
      const verdict = judge(mutant(seed));
      if (verdict.kind === "finding") assert.fail(`seed ${seed}: ${verdict.why}: ${JSON.stringify(mutant(seed))}`);
      counts[verdict.kind] += 1;
    }
    for (const [kind, count] of Object.entries(counts)) assert.ok(count > MUTANTS / 100, `${kind}: only ${count}`);
    for (const [what, found] of FOUND[cloud]) {
      await t.step(what, () => assert.notEqual(judge(found).kind, "finding"));
    }
  });
}
