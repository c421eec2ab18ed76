import assert from "node:assert/strict";
import { needsPrivateDnsName, parseTemplate, renderTemplate, TemplateError } from "../../lib/mapping/template.ts";
import { ACCOUNT, roleSession } from "./support.ts";

for (
  const [source, session, want] of [
    ["admin", "s", "admin"],
    ["{{SessionName}}", "alice", "alice"],
    ["admin:{{SessionName}}", "alice@example.com", "admin:alice-example.com"],
    ["admin:{{SessionNameRaw}}", "alice@example.com", "admin:alice@example.com"],
    ["{{AccountID}}/{{AccessKeyID}}", "s", `${ACCOUNT}/LTAI5tMadeUpKeyId`],
    ["{{SessionName}}{{SessionName}}", "a@b@c", "a-b-ca-b-c"],
    ["{{{SessionName}}}", "s", "{s}"],
    ["a{b}c", "s", "a{b}c"],
    ["$& $1 {{SessionName}}", "$&$1", "$& $1 $&$1"],
    ["x:{{SessionName}}", "", "x:"],
  ] as const
) {
  Deno.test(`"${source}" with session "${session}" gives "${want}"`, () => {
    assert.equal(renderTemplate(parseTemplate(source), roleSession("R", session)), want);
  });
}

Deno.test("T-20: a session name that holds a placeholder stays text, under every placeholder", () => {
  for (const name of ["SessionName", "SessionNameRaw"]) {
    const template = parseTemplate(`{{${name}}}:{{AccountID}}`);
    assert.equal(
      renderTemplate(template, roleSession("R", "{{AccessKeyID}}{{AccountID}}")),
      `{{AccessKeyID}}{{AccountID}}:${ACCOUNT}`,
    );
  }
});

Deno.test("T-20: a@b and a-b are one user by SessionName, as in the peers, and two by SessionNameRaw", () => {
  const render = (source: string, session: string) => renderTemplate(parseTemplate(source), roleSession("R", session));
  assert.equal(render("{{SessionName}}", "a@b"), render("{{SessionName}}", "a-b"));
  assert.notEqual(render("{{SessionNameRaw}}", "a@b"), render("{{SessionNameRaw}}", "a-b"));
});

for (
  const [why, source] of [
    ["nothing", ""],
    ["blanks", " \t"],
    ["an unknown placeholder", "{{Foo}}"],
    ["a placeholder in another case", "{{sessionname}}"],
    ["a placeholder with blanks", "{{ SessionName }}"],
    ["an empty placeholder", "{{}}"],
    ["a name that every object has", "{{constructor}}"],
    ["the prototype", "{{__proto__}}"],
    ["an open placeholder", "a{{SessionName}"],
    ["a closed one that was never opened", "a}}"],
    ["a control character beside a placeholder", "\u0007{{SessionName}}"],
    ["a deleted character", "a\u007F"],
    ["a C1 control character", "a\u0085"],
    ["a lone surrogate", "a\uD800"],
    ["more than the cap, without counting placeholders", `${"a".repeat(1024)}{{SessionName}}`],
  ] as const
) {
  Deno.test(`parseTemplate() refuses ${why}`, () => {
    assert.throws(() => parseTemplate(source), (e) => e instanceof TemplateError && e.code === "ERR_TEMPLATE");
  });
}

Deno.test("the name of an instance is filled in as it was looked up, in the one pass", () => {
  const template = parseTemplate("system:node:{{EC2PrivateDNSName}}/{{SessionNameRaw}}");
  assert.equal(template.literalStart, "system:node:");
  assert.ok(needsPrivateDnsName(template));
  assert.ok(!needsPrivateDnsName(parseTemplate("system:node:{{SessionName}}")));
  assert.equal(
    renderTemplate(template, roleSession("R", "{{EC2PrivateDNSName}}"), { privateDnsName: "{{AccountID}}" }),
    "system:node:{{AccountID}}/{{EC2PrivateDNSName}}",
  );
  assert.throws(() => renderTemplate(template, roleSession("R", "s")), /its instance was not looked up/);
});

Deno.test("a template knows the text that its operator wrote at the start", () => {
  for (const [source, want] of [["ab{{AccountID}}c", "ab"], ["{{AccountID}}c", ""], ["abc", "abc"]] as const) {
    assert.equal(parseTemplate(source).literalStart, want);
  }
});
