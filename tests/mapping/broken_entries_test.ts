/** What a slip that breaks YAML changes for whom, in a ConfigMap that counts before a source that is trusted less. */

import assert from "node:assert/strict";
import { createChain } from "../../lib/mapping/chain.ts";
import { parseConfigMap } from "../../lib/mapping/forms/config_map_text.ts";
import { createRuleSource } from "../../lib/mapping/rule_source.ts";
import type { Identity } from "../../lib/identity/identity.ts";
import { ACCOUNT, CLOUDS, roleSession, rulesOf, user } from "./support.ts";

const IAM = `acs:ram::${ACCOUNT}`;

/** Who somebody is, after the ConfigMap has had each of these texts as its `mapRoles`; a lower source maps everybody. */
async function outcomeOf(texts: readonly string[], identity: Identity): Promise<string> {
  const [upper, lower] = [createRuleSource("ACKConfigMap", { clouds: [] }), createRuleSource("CRD", { clouds: [] })];
  for (const mapRoles of texts) {
    const parsed = parseConfigMap({ mapRoles }, { clouds: CLOUDS });
    // As the source does: what cannot be read is put in force only where there is nothing better.
    if (parsed.unreadable.length === 0 || mapRoles === texts[0]) upper.replace({ parsed, reserved: new Map() });
  }
  const all = ["R", "S", "T"].map((role) => `{roleARN: "${IAM}:role/${role}", username: lower}`);
  lower.replace({ parsed: rulesOf(`mapRoles: [${all.join(", ")}]`), reserved: new Map() });
  try {
    return (await createChain(() => [upper, lower]).map(identity))?.username ?? "not mapped";
  } catch (refusal) {
    return (refusal as { readonly code: string }).code;
  }
}

const entry = (role: string, username: string) => `- rolearn: ${IAM}:role/${role}\n  username: ${username}\n`;
const R = entry("R", "r");
const S = entry("S", "s");
const REFUSED = "ERR_MAPPING_REFUSED";

for (
  const [what, texts, r, s] of [
    [
      "a slip on a reload keeps the last good rule, and the others count",
      [R + S, entry("R", "{{x}}") + entry("S", "new")],
      "r",
      "new",
    ],
    ["a slip at the start refuses, and hands nobody to a lower source", [entry("R", "{{x}}") + S], REFUSED, "s"],
    ["a slip in an entry that is new refuses", [S, S + entry("R", "a: b")], REFUSED, "s"],
    [
      "a slip that hides whom it is for refuses who lost a rule",
      [R + S, `- rolearn: ${IAM}:rolle/R\n   username: r\n${S}`],
      REFUSED,
      "s",
    ],
    [
      "an entry that is removed beside a slip that names another is gone",
      [R + S, entry("T", "{{x}}") + S],
      "lower",
      "s",
    ],
    [
      "an entry that stands too deep refuses its own principal alone",
      [S + entry("R", "r").replaceAll(/^/gm, " ")],
      REFUSED,
      "s",
    ],
    ["a good entry beside a broken one of the same principal counts", [entry("R", "{{x}}") + R + S], "r", "s"],
    [
      "a slip in the only entry keeps its last good rule, and the others are gone",
      [R + S, entry("R", "{{x}}")],
      "r",
      "lower",
    ],
    ["a slip in the only entry that names nobody keeps all", [R + S, "- username: {{x}}\n"], "r", "s"],
    ["a slip in the only entry at the start refuses whom it names", [entry("R", "{{x}}")], REFUSED, "lower"],
    ["a section that cannot be parted refuses all whom it names at the start", [`{${R}${S}`], REFUSED, REFUSED],
    ["a section that cannot be parted keeps the last good rules", [R + S, `{${entry("R", "x")}`], "r", "s"],
    ["a text within a text refuses whom it names at the start", [JSON.stringify(R)], REFUSED, "lower"],
    ["a corrected entry counts again", [R + S, entry("R", "{{x}}") + S, entry("R", "again") + S], "again", "s"],
  ] as const
) {
  Deno.test(`in a ConfigMap, ${what}`, async () => {
    assert.deepEqual(
      [await outcomeOf(texts, roleSession("R", "alice")), await outcomeOf(texts, roleSession("S", "bob"))],
      [r, s],
    );
  });
}

Deno.test("who may fill in one value cannot become somebody else by breaking the text", async () => {
  const template = (value: string) => `- rolearn: ${IAM}:role/S\n  username: "s:${value}"\n${R}`;
  const values = [
    `x\n- rolearn: ${IAM}:role/T\n  username: admin\n- rolearn: ${IAM}:role/S\n  username: `,
    `x\n- rolearn: ${IAM}:role/R\n  username: evil\n- y`,
    `x\n  username: y\n- {rolearn: ${IAM}:role/T, username: admin}\n# `,
    `\n    - a: {{x}}\n- rolearn: ${IAM}:role/T\n  username: admin\n- a`,
  ];
  for (const value of values) {
    const texts = [template("good"), template(value)];
    assert.equal(await outcomeOf(texts, roleSession("T", "eve")), "lower", value);
    assert.equal(await outcomeOf(texts, roleSession("R", "alice")), "r", value);
    assert.equal(await outcomeOf(texts, roleSession("S", "eve")), "s:good", value);
  }
});

Deno.test("an account of a broken entry stays mapped, and the others count", () => {
  const source = createRuleSource("ACKConfigMap", { clouds: [] });
  const read = (mapAccounts: string) =>
    source.replace({ parsed: parseConfigMap({ mapAccounts }, { clouds: CLOUDS }), reserved: new Map() });
  read(`- "${ACCOUNT}"\n- "1"\n`);
  read(`- @${ACCOUNT}\n- "2"\n`);
  assert.equal(source.find(user("alice"))?.kind, "account");
  assert.match(source.problems()[0]!.message, /^Cannot use entry 1 of mapAccounts: A text cannot begin with "@"/);
});
