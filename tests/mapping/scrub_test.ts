import assert from "node:assert/strict";
import { createScrubber, SCRUBBED } from "../../lib/mapping/scrub.ts";
import { ACCOUNT, roleSession } from "./support.ts";

const HIDDEN = roleSession("Admin", "alice");
const SHOWN = roleSession("Admin", "bob", {
  accountId: "6543210987654321",
  arn: "acs:ram::6543210987654321:assumed-role/Admin/bob",
  canonicalArn: "acs:ram::6543210987654321:role/Admin",
});

Deno.test("an identity of a scrubbed account shows nothing, any other shows all", () => {
  const scrubber = createScrubber(() => [ACCOUNT]);
  assert.equal(scrubber.hides(HIDDEN), true);
  assert.deepEqual(new Set(Object.values(scrubber.loggable(HIDDEN))), new Set([SCRUBBED]));
  assert.equal(scrubber.hides(SHOWN), false);
  const { cloud: _, ...fields } = SHOWN;
  assert.deepEqual(scrubber.loggable(SHOWN), fields);
});

Deno.test("the fields that may be shown are those of an identity, so that a new one is not forgotten", () => {
  const shown = Object.keys(createScrubber(() => []).loggable(SHOWN)).sort();
  assert.deepEqual(shown, Object.keys(SHOWN).filter((field) => field !== "cloud").sort());
});

Deno.test("a message loses every word that holds the id of a scrubbed account, session names included", () => {
  const { scrub } = createScrubber(() => [ACCOUNT, "42"]);
  assert.equal(
    scrub(`Cannot use "acs:ram::${ACCOUNT}:assumed-role/Admin/a,b=c" of ${ACCOUNT}: try "${SHOWN.arn}"`),
    `Cannot use "${SCRUBBED}" of ${SCRUBBED} try "${SHOWN.arn}"`,
  );
});

Deno.test("names made of an identity are hidden with it", () => {
  const user = { username: "admin:alice", groups: [`team-${ACCOUNT}`, "plain"] };
  assert.deepEqual(createScrubber(() => [ACCOUNT]).loggableUser(HIDDEN, user), {
    username: SCRUBBED,
    groups: [SCRUBBED, SCRUBBED],
  });
  assert.deepEqual(createScrubber(() => [ACCOUNT]).loggableUser(SHOWN, user), user);
});

Deno.test("a message about a hidden identity loses its key, ids and session, too; one about another does not", () => {
  const { scrub } = createScrubber(() => [ACCOUNT]);
  const { accessKeyId, principalId, sessionName } = HIDDEN;
  const text = `Cannot look up "${sessionName}" of ${principalId}, key "${accessKeyId}": it is away`;
  assert.equal(scrub(text, HIDDEN), `Cannot look up "${SCRUBBED}" of ${SCRUBBED} key "${SCRUBBED}": it is away`);
  assert.equal(scrub(text, SHOWN), text);
  assert.equal(scrub("a bad rule of a", { ...HIDDEN, sessionName: "a" }), `${SCRUBBED} bad rule of ${SCRUBBED}`);
});

Deno.test("a message about a hidden identity loses its session as names hold it, too, and a short one between others", () => {
  const { scrub } = createScrubber(() => [ACCOUNT]);
  const of = (sessionName: string) => ({ ...HIDDEN, sessionName });
  assert.equal(
    scrub('name "admin:heidi-example.com" is reserved', of("heidi@example.com")),
    `name "${SCRUBBED}" is reserved`,
  );
  assert.equal(scrub('name "admin:bob" is bobbed', of("bob")), `name "${SCRUBBED}" is bobbed`);
});

Deno.test("data loses in every text what a message loses, and keeps its form", () => {
  const data = { arn: HIDDEN.arn, line: 3, groups: ["plain", `of-${ACCOUNT}`], none: null };
  const scrubbed = { arn: SCRUBBED, line: 3, groups: ["plain", SCRUBBED], none: null };
  assert.deepEqual(createScrubber(() => [ACCOUNT]).scrubAll(data, HIDDEN), scrubbed);
  assert.equal(createScrubber(() => []).scrubAll(data, HIDDEN), data);
});

Deno.test("without scrubbed accounts nothing is hidden", () => {
  const scrubber = createScrubber(() => []);
  assert.equal(scrubber.hides(HIDDEN), false);
  assert.equal(scrubber.scrub(HIDDEN.arn), HIDDEN.arn);
});
