import assert from "node:assert/strict";
import { acceptedClouds } from "../../lib/config/accepted_clouds.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { loadSettings } from "../../lib/config/settings.ts";
import { fakeWorld, withFile } from "./fake_world.ts";

const ALIBABA_ROLE = "{roleARN: 'acs:ram::1234567890123456:role/R', username: r}";
const AWS_ROLE = "{rolearn: 'arn:aws:iam::123456789012:role/R', username: r}";
const AWS_USER = "{userARN: 'arn:aws-cn:iam::123456789012:user/U', username: u}";

for (
  const [what, config, clouds, origin] of [
    ["nothing at all", "", ["alibaba"], "default"],
    ["accounts, which are of no cloud", "server: {mapAccounts: ['123456789012']}", ["alibaba"], "default"],
    ["roles of Alibaba Cloud", `server: {mapRoles: [${ALIBABA_ROLE}]}`, ["alibaba"], "the mappings"],
    ["roles of AWS", `server: {mapRoles: [${AWS_ROLE}]}`, ["aws"], "the mappings"],
    ["users of AWS", `server: {mapUsers: [${AWS_USER}]}`, ["aws"], "the mappings"],
    ["both", `server: {mapRoles: [${AWS_ROLE}, ${ALIBABA_ROLE}]}`, ["alibaba", "aws"], "the mappings"],
    ["the ConfigMap of a cloud", "server: {backendMode: [EKSConfigMap]}", ["aws"], "the mappings"],
    ["entries that are no maps", "server: {mapRoles: [x, [y]], mapUsers: z}", ["alibaba"], "default"],
    [
      "a list of clouds, whatever the mappings",
      `clouds: [aws]\nserver: {mapRoles: [${ALIBABA_ROLE}]}`,
      ["aws"],
      "FILE:1:1",
    ],
  ] as const
) {
  Deno.test(`acceptedClouds() of a config file with ${what}`, () =>
    withFile(config, async (path) => {
      const settings = await loadSettings("server", await parseFlags("server", ["-c", path]), fakeWorld());
      const found = acceptedClouds(settings);
      assert.deepEqual([found.clouds, found.origin.replace(path, "FILE")], [clouds, origin]);
    }));
}
