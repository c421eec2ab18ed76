import assert from "node:assert/strict";
import { run } from "../../lib/cli/run.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { startCluster } from "../support/cluster.ts";
import { testNeeding } from "../support/needs.ts";

const ROLE = "arn:aws:iam::123456789012:role/Dev";

/** As `aws` prints them one after another. */
const OUTPUT = [
  {
    accessEntry: {
      clusterName: "prod",
      principalArn: ROLE,
      kubernetesGroups: [],
      username: "arn:aws:sts::123456789012:assumed-role/Dev/{{SessionName}}",
      type: "STANDARD",
    },
  },
  {
    associatedAccessPolicies: [
      ["AmazonEKSViewPolicy", "cluster"],
      ["AmazonEKSEditPolicy", "namespace", "team-a"],
      ["AmazonEKSAdminPolicy", "namespace", "team-b"],
    ].map(([policy, type, ...namespaces]) => ({
      policyArn: `arn:aws:eks::aws:cluster-access-policy/${policy}`,
      accessScope: { type, namespaces },
    })),
    clusterName: "prod",
    principalArn: ROLE,
  },
  { Role: { RoleName: "Dev", RoleId: "AROAMADEUPEXAMPLE", Arn: ROLE } },
].map((part) => JSON.stringify(part, null, 4)).join("\n");

async function convert(form: string): Promise<string> {
  const world = {
    ...fakeWorld(),
    stdin: { readable: ReadableStream.from([new TextEncoder().encode(OUTPUT)]), isTerminal: false },
  };
  assert.equal(await run(["convert", "--to", form], world), 0, world.err());
  assert.doesNotMatch(world.err(), /warning|left out/);
  return world.out();
}

testNeeding(
  ["cluster"],
  "an API server takes the objects for access policies, and they give what EKS gives",
  async () => {
    await using cluster = await startCluster();
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      for (const form of ["file", "configmap"]) {
        const printed = await convert(form);
        const [, objects = printed] = printed.split("\n---\n");
        await Deno.writeTextFile(file, objects);
        for (const namespace of ["team-a", "team-b"]) await cluster.kubectl(["create", "namespace", namespace]);
        const applied = await cluster.kubectl(["apply", "-f", file]);
        assert.equal(applied.code, 0, applied.stderr);
        const prefix = form === "file" ? "ram-auth:eks:" : "eks-access:";
        const groups = ["AmazonEKSViewPolicy", "AmazonEKSEditPolicy:team-a", "AmazonEKSAdminPolicy:team-b"]
          .flatMap((group) => [`--as-group`, `${prefix}${group}`]);
        for (
          const [may, ...action] of [
            ["yes", "list", "pods", "-A"],
            ["no", "get", "secrets", "-n", "default"],
            ["yes", "get", "secrets", "-n", "team-a"],
            ["yes", "create", "deployments.apps", "-n", "team-a"],
            ["no", "create", "deployments.apps", "-n", "default"],
            ["no", "create", "rolebindings.rbac.authorization.k8s.io", "-n", "team-a"],
            ["yes", "create", "rolebindings.rbac.authorization.k8s.io", "-n", "team-b"],
            ["no", "create", "clusterrolebindings.rbac.authorization.k8s.io"],
            ["no", "get", "nodes"],
          ] as const
        ) {
          const { stdout } = await cluster.kubectl(["auth", "can-i", ...action, "--as", "dev", ...groups]);
          assert.equal(stdout.trim(), may, `${form}: ${action.join(" ")}`);
        }
        const { stdout } = await cluster.kubectl(["auth", "can-i", "list", "pods", "--as", "dev"]);
        assert.equal(stdout.trim(), "no");
      }
    } finally {
      await Deno.remove(file);
    }
  },
);
