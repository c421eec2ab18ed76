import assert from "node:assert/strict";
import { makeHome } from "./home.ts";

const AWS = ["eks", "get-token", "--cluster-name", "c1"];

interface Exec {
  readonly command: string;
  readonly args: readonly string[];
}

async function converted(exec: Readonly<Record<string, unknown>>) {
  const user = { exec: { apiVersion: "client.authentication.k8s.io/v1beta1", ...exec } };
  const before = JSON.stringify({ kind: "Config", users: [{ name: "u", user }] }, null, 2);
  await using home = await makeHome(before);
  const { code, out, err } = await home.run(["--convert"]);
  const { users } = await home.plain() as unknown as { users: { user: { exec: Exec } }[] };
  const { command, args } = users[0]!.user.exec;
  return { code, out, err, isSame: await home.text() === before, command, args };
}

for (
  const [what, command, args, wantCommand, wantArgs] of [
    [
      "aws-vault",
      "aws-vault",
      ["exec", "ops", "--duration=1h", "--", "aws", ...AWS],
      "aws-vault",
      ["exec", "ops", "--duration=1h", "--", "ram-auth", ...AWS],
    ],
    [
      "aws-vault by its path, and a role of aws-iam-authenticator",
      "/opt/bin/aws-vault",
      ["exec", "aws", "--", "/opt/bin/aws-iam-authenticator", "token", "-i", "c1"],
      "/opt/bin/aws-vault",
      ["exec", "aws", "--", "ram-auth", "token", "-i", "c1", "--cloud=aws"],
    ],
    ["a shell", "sh", ["-c", `aws ${AWS.join(" ")}`], "sh", ["-c", `ram-auth ${AWS.join(" ")}`]],
    [
      "a shell with a profile",
      "/bin/bash",
      ["-lc", `exec AWS_PROFILE=ops  /usr/bin/aws ${AWS.join(" ")}`.replace("exec ", "")],
      "/bin/bash",
      ["-lc", `AWS_PROFILE=ops ram-auth ${AWS.join(" ")}`],
    ],
    ["a shell that gives way", "sh", ["-c", `exec aws ${AWS.join(" ")}`], "sh", [
      "-c",
      `exec ram-auth ${AWS.join(" ")}`,
    ]],
    ["env", "env", ["AWS_PROFILE=ops", "aws", ...AWS], "env", ["AWS_PROFILE=ops", "ram-auth", ...AWS]],
    [
      "env in aws-vault",
      "aws-vault",
      ["exec", "ops", "--", "/usr/bin/env", "A=b", "aws", ...AWS],
      "aws-vault",
      ["exec", "ops", "--", "/usr/bin/env", "A=b", "ram-auth", ...AWS],
    ],
    ["aws2", "aws2", AWS, "ram-auth", AWS],
    ["a path of Windows", "C:\\Program Files\\Amazon\\AWSCLIV2\\aws.exe", AWS, "ram-auth", AWS],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --convert replaces the call in ${what}`, async () => {
    const after = await converted({ command, args });
    assert.deepEqual([after.code, after.command, after.args], [0, wantCommand, wantArgs], after.err);
    const again = await converted({ command: after.command, args: after.args });
    assert.match(again.out, /^nothing to do/);
  });
}

for (
  const [what, exec] of [
    ["several commands of a shell", { command: "sh", args: ["-c", `aws sso login; aws ${AWS.join(" ")}`] }],
    ["a pipe", { command: "bash", args: ["-c", `aws ${AWS.join(" ")} | jq .`] }],
    ["quotes", { command: "sh", args: ["-c", `aws eks get-token --cluster-name "$CLUSTER"`] }],
    ["arguments of a shell's script", { command: "sh", args: ["-c", `aws ${AWS.join(" ")}`, "sh", "more"] }],
    ["an unknown option of a shell", { command: "bash", args: ["-euo", "pipefail", "-c", `aws ${AWS.join(" ")}`] }],
    ["an empty environment", { command: "env", args: ["-i", "aws", ...AWS] }],
    ["aws-vault without --", { command: "aws-vault", args: ["exec", "ops", "aws", ...AWS] }],
    ["a program that we do not know", { command: "timeout", args: ["10", "aws", ...AWS] }],
    ["the prompt of Windows", { command: "cmd.exe", args: ["/c", `aws ${AWS.join(" ")}`] }],
    ["another command of aws in a wrapper", { command: "aws-vault", args: ["exec", "ops", "--", "aws", "sts", "x"] }],
    ["a flag that we do not have, in a shell", { command: "sh", args: ["-c", `aws ${AWS.join(" ")} --no-verify-ssl`] }],
    [
      "a variable on the way that changes what is meant",
      {
        command: "env",
        args: ["ACK_RAM_TOOL_API_VERSION=v2", "ack-ram-tool", "credential-plugin", "get-token", "-c", "c1"],
      },
    ],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --convert leaves a user with ${what}, and says so`, async () => {
    const after = await converted(exec);
    assert.equal(after.code, 1);
    assert.match(after.err, /^ram-auth: Cannot convert user "u", who calls ".*": .*; the user stays as it is\n$/);
    assert.ok(after.isSame);
  });
}

for (
  const [what, exec] of [
    ["another plugin with a profile called aws", { command: "kubelogin", args: ["get-token", "--login", "aws"] }],
    ["no arguments", { command: "aws-vault" }],
    ["a wrapper round us", { command: "aws-vault", args: ["exec", "aws", "--", "ram-auth", ...AWS] }],
    ["a shell that calls another plugin", { command: "sh", args: ["-c", "gke-gcloud-auth-plugin"] }],
    ["us with a profile called as another tool", {
      command: "ram-auth",
      args: ["token", "-i", "aws", "--cloud", "aws"],
    }],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --convert has nothing to do for ${what}`, async () => {
    const after = await converted(exec);
    assert.deepEqual([after.code, after.err, after.isSame], [0, "", true]);
    assert.match(after.out, /^nothing to do/);
  });
}

async function convertText(text: string) {
  await using home = await makeHome(text);
  const { code, err } = await home.run(["--convert"]);
  return { code, err, text: await home.text() };
}

const ANCHOR = `kind: Config
x-aws: &aws {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}
users:
`;

Deno.test("ram-auth kubeconfig --convert writes the command beside a merge key, which it overrides", async () => {
  const { code, err, text } = await convertText(
    `${ANCHOR}- name: u\n  user:\n    exec:\n      <<: *aws\n      args: [${AWS.join(", ")}]\n`,
  );
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    text,
    `${ANCHOR}- name: u\n  user:\n    exec:\n      <<: *aws\n      args: [${
      AWS.join(", ")
    }]\n      command: ram-auth\n`,
  );
});

for (
  const [what, users] of [
    [
      "that comes last, and would win",
      `- name: u\n  user: {exec: {command: x, args: [${AWS.join(", ")}], <<: *aws}}\n`,
    ],
    ["of the whole user", `- name: u\n  user:\n    <<: {exec: {command: aws, args: [${AWS.join(", ")}]}}\n`],
    [
      "by which another user is tied to this one",
      `- name: u\n  user: {exec: &exec {command: aws, args: [${AWS.join(", ")}]}}\n` +
      `- name: v\n  user: {exec: {<<: *exec, args: [sso, login]}}\n`,
    ],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --convert leaves a user with a merge key ${what}, and says so`, async () => {
    const before = ANCHOR + users;
    const { code, err, text } = await convertText(before);
    assert.equal(code, 1);
    assert.match(err, /^ram-auth: Cannot convert user "u", who calls "aws": an anchor or a merge key \(<<\) .*$/m);
    assert.equal(text, before);
  });
}
