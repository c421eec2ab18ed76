import assert from "node:assert/strict";
import { parseAnyYaml, YamlError } from "../../lib/yaml/read.ts";

/** Everything that is said of a text. */
function problemsOf(text: string): readonly string[] {
  try {
    parseAnyYaml(text);
    return [];
  } catch (error) {
    assert(error instanceof YamlError);
    return error.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  }
}

const ROLE = "arn:aws:iam::123456789012:role/ops";

for (
  const [what, text, ...want] of [
    [
      "a placeholder without quotes",
      "- a: {{SessionName}}\n",
      "1:6: Without quotes {{SessionName}} is a map; put {{SessionName}} in quotes",
    ],
    [
      "a placeholder without quotes, and more behind it",
      `- rolearn: ${ROLE}\n  username: {{AccountID}}:{{SessionName}}\n`,
      "2:13: Without quotes {{AccountID}}:{{SessionName}} is a map; put {{AccountID}}:{{SessionName}} in quotes",
    ],
    ["one in a list", "groups:\n  - {{SessionName}}\n", /^2:5: .*put \{\{SessionName\}\} in quotes$/],
    ["one in brackets", "groups: [a, {{ SessionName }}, b]\n", /^1:13: .*put \{\{ SessionName \}\} in quotes$/],
    ["one that is not closed", "a: {{SessionName\nb: 1\n", /^1:4: .*put \{\{SessionName in quotes$/],
    ["a template that nobody rendered", "{{- if .Values.admins }}\n- a: b\n", /^1:1: .*part of a template/],
    ["a tab as indentation", "- a: b\n\tc: d\n", /^2:1: .*indented with a tab \(U\+0009\); write spaces$/],
    ["a tab behind spaces", "a:\n  \tb: 1\n", /^2:3: .*tab \(U\+0009\)/],
    [
      "a no-break space as indentation",
      "- a: b\n\u00a0\u00a0c: d\n",
      /^2:1: .*no-break space \(U\+00A0\); write spaces$/,
    ],
    ["one behind a space", "- a: b\n \u00a0c: d\n", /^2:2: .*no-break space \(U\+00A0\)/],
    ["one before a key that YAML would read", "a:\n\u00a0\u00a0b: 1\n", /^2:1: .*no-break space \(U\+00A0\)/],
    ["one before an item, which would be a text", "a:\n  \u00a0- b\n", /^2:3: .*no-break space \(U\+00A0\)/],
    ["one before the first item", "\u00a0- a: b\n\u00a0  c: d\n", /^1:1: .*no-break space \(U\+00A0\)/],
    ["an ideographic space", "- a: b\n\u3000c: d\n", /^2:1: .*ideographic space \(U\+3000\)/],
    ["a zero-width space", "- a: b\n\u200bc: d\n", /^2:1: .*zero-width space \(U\+200B\)/],
    [
      "a key one space too deep",
      `- userarn: ${ROLE}\n   username: ann\n   groups:\n     - a\n`,
      "2:4: This line is indented one space more than its entry; align it",
    ],
    ["a key two spaces too deep", "- a: 1\n  b: 2\n    c: 3\n", /^3:5: .*indented 2 spaces more than its entry/],
    ["a key too deep in a map", "server:\n  port: 1\n   address: x\n", /^3:4: .*indented one space more/],
    ["a key one space too far left", "- a: 1\n b: 2\n", /^2:2: .*indented one space less than its entry/],
    ["an item one space too deep", "- a: 1\n  b: 2\n - a: 3\n   b: 4\n", /^3:2: This entry is indented one space more/],
    ["an item in the entry before", '- "a": "1"\n    - "a": "2"\n', /^2:5: This entry is indented 4 spaces more/],
    ["an item too far left", "  - a: 1\n    b: 2\n- a: 3\n", /^3:1: This entry is indented 2 spaces less/],
    [
      "a value that ends in a colon",
      "- a: system:node:\n",
      '1:6: The value "system:node:" ends in a colon; put it in quotes',
    ],
    ["one before a comment", "a: b: # c\n", /^1:4: The value "b:" ends in a colon/],
    ["one in a list", "groups:\n- x: system:\n", /^2:6: The value "system:" ends in a colon/],
    ["a value with a colon and a space", "a: Ann: admin\n", /^1:4: The value "Ann: admin" holds a colon with a space/],
    ["no space behind a colon", "- a: 1\n  username:ann\n  b: 2\n", /^2:3: The colon behind "username" needs a space/],
    ["a typographic quote that opens", "a: “b: c”\n", /^1:4: The typographic quote “ \(U\+201C\)/],
    ["a typographic quote that closes", 'a: "b”\n', /^1:6: The typographic quote ” \(U\+201D\)/],
    ["a low one", "a: „b: c“\n", /^1:4: The typographic quote „ \(U\+201E\)/],
    ["a quote that is not closed", 'a: "b\nc: d\n', "1:4: The quote that opens here is not closed"],
    ["a bracket that is not closed", "a: [b, c\nd: e\n", /bracket or brace is not closed/],
    ["a comma that is missing", '{"a": 1\n"b": 2}\n', /comma or a closing one is missing/],
    ["a value that begins with @", "a: @ann\n", '1:4: A text cannot begin with "@"; put it in quotes'],
    ["a value that begins with %", "a: %ann\n", '1:4: A text cannot begin with "%"; put it in quotes'],
    ["a backslash in double quotes", 'a: "DOMAIN\\user"\n', /^1:11: In double quotes a backslash.*use single quotes$/],
    ["several documents", "a: 1\n---\nb: 2\n", /^2:1: A second document begins here, and only one is read/],
    [
      "a merge conflict",
      "<<<<<<< HEAD\n- a: b\n=======\n- a: c\n>>>>>>> other\n",
      /^1:1: .*merge conflict/,
    ],
    [
      "what kubectl describe prints",
      `Name:         aws-auth\nNamespace:    kube-system\nLabels:       <none>\nAnnotations:  <none>\n\nData\n====\n` +
      `mapRoles:\n----\n- rolearn: ${ROLE}\n  username: ops\n\nEvents:  <none>\n`,
      '1:1: This is the output of "kubectl describe", not YAML; write that of "kubectl get -o yaml"',
    ],
    ["nothing that is known", "]\n", /^1:1: This belongs to nothing before it/],
    ["slips in two entries", "- a: b: c\n- a: 1\n- a: d:\n", /^1:6: .*colon with a space/, /^3:6: .*ends in a colon/],
  ] as const
) {
  Deno.test(`of ${what}, one message is told in the words of the file`, () => {
    const found = problemsOf(text);
    assert.equal(found.length, want.length, found.join("\n"));
    for (const [i, wanted] of want.entries()) {
      if (typeof wanted === "string") assert.equal(found[i], wanted);
      else assert.match(found[i]!, wanted);
    }
  });
}

for (
  const [what, text] of [
    ["braces in quotes before a fault", 'a: "x, {{SessionName}}"\nb: c: d\n'],
    ["tabs in JSON", '{\n\t"a": 1\n\t"b": 2\n}\n'],
    ["braces in a comment", "# {{x}}\na: [b\nc: d\n"],
  ] as const
) {
  Deno.test(`${what} are not taken for the slip`, () => {
    const [found] = problemsOf(text);
    assert.doesNotMatch(found!, /in quotes: |\{\{|tab/);
  });
}
