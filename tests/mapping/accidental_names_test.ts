import assert from "node:assert/strict";
import { accidentIn, type NameUse } from "../../lib/mapping/accidental_names.ts";
import { parseTemplate } from "../../lib/mapping/template.ts";

for (
  const [use, name, want] of [
    ["username", "system:node:{{EC2PrivateDNSName}} - system:bootstrappers - system:nodes", /white space.*"groups:"/],
    ["username", "- admins", /"groups:"/],
    ["username", "ann smith", /holds white space/],
    ["group", "platform admins", /holds white space/],
    ["group", "admins - viewers", /indented further/],
    ["username", '"ann"', /with quotes.*write "ann" once/],
    ["username", "'{{SessionName}}'", /with quotes.*write "\{\{SessionName\}\}" once/],
    ["group", "`admins`", /with quotes/],
    ["username", "“ann”", /“ \(U\+201C\)/],
    ["username", "‘ann’", /‘ \(U\+2018\)/],
    ["group", "admins”", /” \(U\+201D\)/],
    ["group", "team:«a»", /« \(U\+00AB\)/],
    ["username", "<no value>", /template of Go or Helm/],
    ["username", "aws:<nil>", /template of Go or Helm/],
    ["username", "<username>", /"<username>".*not fill in/],
    ["username", "<SessionName>", /write "\{\{SessionName\}\}"/],
    ["username", "${SessionName}", /write "\{\{SessionName\}\}"/],
    ["username", "aws:${session_name}", /write "\{\{SessionName\}\}"/],
    ["username", "${var.username}", /placeholder in another tool's syntax/],
    ["username", "$(ACCOUNT_ID)", /write "\{\{AccountID\}\}"/],
    ["username", "[[SessionName]]", /write "\{\{SessionName\}\}"/],
    ["username", "{SessionNameRaw}", /write "\{\{SessionNameRaw\}\}"/],
    ["username", "$SessionName", /write "\{\{SessionName\}\}"/],
    ["username", "%AccessKeyID%", /write "\{\{AccessKeyID\}\}"/],
    ["username", "{{{SessionName}}}", /three braces/],
    ["username", "undefined", /no value/],
    ["group", "None", /no value/],
    ["group", "system:master", /did you mean "system:masters"\?/],
    ["group", "System:masters", /did you mean "system:masters"\?/],
    ["group", "system: masters", /did you mean "system:masters"\?|white space/],
    ["group", "system:node", /did you mean "system:nodes"\?/],
    ["group", "system:bootstrapper", /did you mean "system:bootstrappers"\?/],
    ["group", "system:authenticate", /did you mean "system:authenticated"\?/],
    ["username", "system:nodes:{{EC2PrivateDNSName}}", /start with "system:node:"/],
    ["username", "system:kubeproxy", /did you mean "system:kube-proxy"\?/],
    ["username", "system:node:", /write "system:node:\{\{EC2PrivateDNSName\}\}"/],
    ["username", "team:", /ends in a colon/],
  ] as const satisfies readonly (readonly [NameUse, string, RegExp])[]
) {
  Deno.test(`the ${use} ${JSON.stringify(name)} is an accident, which works as written`, () => {
    assert.match(accidentIn(name, use) ?? "nothing", want);
    assert.equal(parseTemplate(name).source, name);
  });
}

for (
  const [use, name] of [
    ["username", "ann"],
    ["username", "ann@example.com"],
    ["username", "O'Brien"],
    ["username", "O’Brien"],
    ["username", "system:node:{{EC2PrivateDNSName}}"],
    ["username", "system:serviceaccount:kube-system:default"],
    ["username", "system:kube-proxy"],
    ["username", "aws:{{AccountID}}:{{SessionNameRaw}}"],
    ["username", "a{b}c"],
    ["username", "$100"],
    ["username", "acs:ram::1234567890123456:user/ann"],
    ["group", "system:masters"],
    ["group", "system:nodes"],
    ["group", "system:bootstrappers"],
    ["group", "system:viewers"],
    ["group", "system:admins"],
    ["group", "system:serviceaccounts:kube-system"],
    ["group", "masters"],
    ["group", "50%"],
    ["group", "CN=Admins,OU=Groups,DC=example,DC=com"],
    ["group", "nonexistent"],
  ] as const satisfies readonly (readonly [NameUse, string])[]
) {
  Deno.test(`the ${use} "${name}" is no accident`, () => assert.equal(accidentIn(name, use), undefined));
}
