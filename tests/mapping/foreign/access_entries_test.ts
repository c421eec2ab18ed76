import assert from "node:assert/strict";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import { readAccessEntries } from "../../../lib/mapping/foreign/access_entries.ts";
import { isAccessEntryOutput } from "../../../lib/mapping/foreign/aws_output.ts";
import { parseYamlDocuments } from "../../../lib/yaml/documents.ts";

const ACCOUNT = "arn:aws:iam::123456789012";
const clouds = await loadClouds();

type Fields = Readonly<Record<string, unknown>>;

/** As describe-access-entry prints it, but for what it says of times and tags. */
function entry(principal: string, fields: Fields = {}): Fields {
  return {
    accessEntry: {
      clusterName: "prod",
      principalArn: `${ACCOUNT}:${principal}`,
      kubernetesGroups: [],
      accessEntryArn:
        "arn:aws:eks:us-west-2:123456789012:access-entry/prod/role/123456789012/x/a1b2c3d4-5678-90ab-cdef",
      username: principal,
      type: "STANDARD",
      ...fields,
    },
  };
}

function policies(
  principal: string,
  ...associated: readonly (readonly [policy: string, ...namespaces: string[]])[]
): Fields {
  return {
    associatedAccessPolicies: associated.map(([policy, ...namespaces]) => ({
      policyArn: `arn:aws:eks::aws:cluster-access-policy/${policy}`,
      accessScope: { type: namespaces.length === 0 ? "cluster" : "namespace", namespaces },
    })),
    clusterName: "prod",
    principalArn: `${ACCOUNT}:${principal}`,
  };
}

function role(path: string, RoleId: string): Fields {
  return { Role: { Path: "/", RoleName: path.split("/").at(-1), RoleId, Arn: `${ACCOUNT}:role/${path}` } };
}

function read(...documents: readonly unknown[]) {
  const text = documents.map((document) => JSON.stringify(document)).join("\n");
  const { rules, problems, bindings } = readAccessEntries(parseYamlDocuments(text), { clouds, groupPrefix: "p:" });
  return {
    rules: rules.map((rule) => {
      assert(rule.kind !== "account");
      const whom = `${rule.arn.canonicalArn.replace(`${ACCOUNT}:`, "")}${
        rule.userId === undefined ? "" : ` only ${rule.userId}`
      }`;
      if (rule.kind === "invalid") return `${whom} -> invalid`;
      return `${whom} -> ${rule.username.source} [${rule.groups.map(({ source }) => source)}]`;
    }),
    problems: problems.map(({ line, severity, message }) => `${line}: ${severity}: ${message}`),
    bindings: bindings.map(({ policy, namespace }) => namespace === undefined ? policy : `${policy} in ${namespace}`),
  };
}

for (
  const [what, documents, rules, problems = [], bindings = []] of [
    [
      "a role is pinned by what IAM prints of it, whatever its path, and is without it in STS's ARNs",
      [
        entry("role/dev/Dev", { username: "dev:{{SessionName}}", kubernetesGroups: ["devs"] }),
        policies("role/dev/Dev"),
        role("dev/Dev", "AROAMADEUP"),
      ],
      ["role/Dev only AROAMADEUP -> dev:{{SessionName}} [devs]"],
    ],
    [
      "a user is pinned, and lists of IAM are read",
      [
        entry("user/ops/erin"),
        policies("user/ops/erin"),
        {
          Users: [{ UserId: "AIDAOTHER", Arn: `${ACCOUNT}:user/erin` }, {
            UserId: "AIDAERIN",
            Arn: `${ACCOUNT}:user/ops/erin`,
          }],
        },
      ],
      ["user/ops/erin only AIDAERIN -> user/ops/erin []"],
    ],
    [
      "who cannot be pinned is said to be so, with the command that helps",
      [entry("role/Dev"), policies("role/Dev"), entry("user/erin"), policies("user/erin")],
      ["role/Dev -> role/Dev []", "user/erin -> user/erin []"],
      [
        /^1: notice: This access entry is not pinned .* give the output of aws iam get-role --role-name Dev as well$/,
        /^3: notice: This access entry is not pinned .* give the output of aws iam get-user --user-name erin as well$/,
      ],
    ],
    [
      "an access entry's own id is no principal's",
      [entry("role/Dev"), policies("role/Dev"), { Role: { Arn: `${ACCOUNT}:role/Dev` } }],
      ["role/Dev -> role/Dev []"],
      [/^1: notice: .* not pinned/],
    ],
    [
      "two ids of one role let nobody in",
      [entry("role/Dev"), policies("role/Dev"), role("Dev", "AROAONE"), role("Dev", "AROATWO")],
      ["role/Dev -> invalid"],
      [/^1: invalid: .* several ids of "arn:aws:iam::123456789012:role\/Dev"; keep the one that is valid$/],
    ],
    [
      "usernames that EKS makes itself",
      [
        entry("role/p/Dev", { username: null }),
        entry("user/erin", { username: undefined, type: undefined }),
        entry("role/linux", { username: undefined, type: "EC2_LINUX", kubernetesGroups: ["system:nodes"] }),
        entry("role/windows", { username: undefined, type: "EC2_WINDOWS" }),
        entry("role/fargate", { username: undefined, type: "FARGATE_LINUX" }),
        entry("role/hybrid", { username: undefined, type: "HYBRID_LINUX" }),
        entry("role/new", { username: undefined, type: "NEW_KIND" }),
        entry("role/known", { username: "node:x", type: "NEW_KIND" }),
        policies("role/p/Dev"),
        policies("user/erin"),
        {
          Roles: ["p/Dev", "linux", "windows", "fargate", "hybrid", "new", "known"].map((name) =>
            role(name, "AROA1")["Role"]
          ),
        },
        { User: { UserId: "AIDA1", Arn: `${ACCOUNT}:user/erin` } },
      ],
      [
        "role/Dev only AROA1 -> arn:aws:sts::123456789012:assumed-role/Dev/{{SessionName}} []",
        `user/erin only AIDA1 -> ${ACCOUNT}:user/erin []`,
        "role/linux only AROA1 -> system:node:{{EC2PrivateDNSName}} [system:nodes]",
        "role/windows only AROA1 -> system:node:{{EC2PrivateDNSName}} []",
        "role/fargate only AROA1 -> system:node:{{SessionName}} []",
        "role/hybrid only AROA1 -> system:node:{{SessionName}} []",
        "role/known only AROA1 -> node:x []",
        "role/new only AROA1 -> invalid",
      ],
      [/^7: invalid: .* AWS does not say which one EKS gives to the type "NEW_KIND"$/],
    ],
    [
      "access policies become groups, one for each scope",
      [
        entry("role/Dev", { kubernetesGroups: ["devs"] }),
        policies("role/Dev", ["AmazonEKSClusterAdminPolicy"], ["AmazonEKSEditPolicy", "a", "b"]),
        role("Dev", "AROA1"),
      ],
      ["role/Dev only AROA1 -> role/Dev [devs,p:AmazonEKSClusterAdminPolicy,p:AmazonEKSEditPolicy:a,p:AmazonEKSEditPolicy:b]"],
      [],
      ["AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy in a", "AmazonEKSEditPolicy in b"],
    ],
    [
      "access policies that RBAC cannot give are said to be left out, and give nothing",
      [
        entry("role/Dev"),
        policies("role/Dev", ["AmazonEKSAutoNodePolicy"], ["AmazonEKSViewPolicy", "team-*", "kube system", "a"], [
          "constructor",
        ]),
        { ...policies("role/Dev"), associatedAccessPolicies: [{ policyArn: "x" }] },
        {
          ...policies("role/Dev"),
          associatedAccessPolicies: [{
            policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
            accessScope: { type: "planet", namespaces: ["a"] },
          }],
        },
        role("Dev", "AROA1"),
      ],
      ["role/Dev only AROA1 -> role/Dev [p:AmazonEKSViewPolicy:a]"],
      [
        /^2: invalid: Cannot use this access policy: AWS publishes no rules of AmazonEKSAutoNodePolicy; write a ClusterRole/,
        /^2: invalid: .* the scope of AmazonEKSViewPolicy has the namespace "team-\*", and RBAC has no wildcards/,
        /^2: invalid: .* has the namespace "kube system", and it is not the name of one$/,
        /^2: invalid: .* AWS publishes no rules of constructor;/,
        /^3: invalid: Cannot use this access policy: "x" is not the ARN of one$/,
        /^4: invalid: .* the scope of AmazonEKSViewPolicy is neither the cluster nor a list of namespaces$/,
      ],
      ["AmazonEKSViewPolicy in a"],
    ],
    [
      "an entry whose access policies are not known may give less than in EKS",
      [entry("role/Dev"), role("Dev", "AROA1")],
      ["role/Dev only AROA1 -> role/Dev []"],
      [
        /^1: warning: .* may give less than in EKS: .* list-associated-access-policies --cluster-name prod --principal-arn \S+:role\/Dev as well$/,
      ],
    ],
    [
      "access policies without their entry, and ARNs alone, need describe-access-entry",
      [
        policies("role/Dev", ["AmazonEKSViewPolicy"]),
        { accessEntries: [`${ACCOUNT}:role/Other`, `${ACCOUNT}:role/there`] },
        entry("role/p/there"),
        policies("role/there"),
        role("there", "AROA1"),
      ],
      ["role/there only AROA1 -> role/p/there []"],
      [
        /^1: invalid: .* the entry that has these access policies is missing; give the output of aws eks describe-access-entry --cluster-name prod --principal-arn "\S+:role\/Dev" as well$/,
        /^2: invalid: .* list-access-entries says no username and no groups of "\S+:role\/Other"; give the output of aws eks describe/,
      ],
    ],
    [
      "an array, bare entries and an array of bare entries are read as well",
      [
        [entry("role/A"), policies("role/A"), role("A", "AROA1")],
        entry("role/B")["accessEntry"],
        policies("role/B"),
        { accessEntries: [entry("role/C")["accessEntry"]] },
        policies("role/C"),
        { Roles: ["B", "C"].map((name) => role(name, "AROA2")["Role"]) },
      ],
      ["role/A only AROA1 -> role/A []", "role/C only AROA2 -> role/C []", "role/B only AROA2 -> role/B []"].sort(),
    ],
    [
      "entries of two clusters are not made one",
      [
        entry("role/A"),
        policies("role/A"),
        role("A", "AROA1"),
        entry("role/B", { clusterName: "dev" }),
        { ...policies("role/A", ["AmazonEKSClusterAdminPolicy"]), clusterName: "dev" },
      ],
      ["role/A only AROA1 -> role/A []"],
      [
        /^5: invalid: .* it is of cluster "dev", and what comes before it of "prod"; convert one cluster at a time$/,
        /^4: invalid: .* it is of cluster "dev"/,
      ],
    ],
    [
      "entries that nobody can have",
      [
        entry("role/*"),
        { accessEntry: { username: "a" } },
        { accessEntry: { principalArn: "acs:ram::1234567890123456:role/a", username: "a" } },
        { accessEntry: "x" },
        entry("role/A", { kubernetesGroups: "devs" }),
        entry("role/B", { username: "{{Nothing}}" }),
        { kind: "Pod" },
        { accessEntries: [], nextToken: "abc" },
        policies("role/A"),
        policies("role/B"),
      ],
      ["role/A -> invalid", "role/B -> invalid"],
      [
        /^8: invalid: .* a page of this output is missing; print it without --max-items$/,
        /^7: invalid: .* this is no output about access entries; /,
        /^1: invalid: .* has a wildcard, and an access entry is for one principal$/,
        /^2: invalid: .* it has no principalArn; /,
        /^3: invalid: /,
        /^4: invalid: .* it has no principalArn; /,
        /^5: invalid: .* its groups are a text; write a list/,
        /^6: invalid: .*Nothing/,
      ],
    ],
  ] as readonly (readonly [string, readonly unknown[], readonly string[], (readonly RegExp[])?, (readonly string[])?])[]
) {
  Deno.test(`access entries: ${what}`, () => {
    const found = read(...documents);
    assert.deepEqual([...found.rules], rules, found.problems.join("\n"));
    assert.equal(found.problems.length, problems.length, found.problems.join("\n"));
    for (const [i, pattern] of problems.entries()) assert.match(found.problems[i]!, pattern);
    assert.deepEqual(found.bindings, bindings);
  });
}

for (
  const [what, text, is] of [
    ["describe-access-entry", JSON.stringify(entry("role/A")), true],
    ["list-access-entries of nobody", '{"accessEntries": []}', true],
    ["list-associated-access-policies", JSON.stringify(policies("role/A")), true],
    ["get-role alone", JSON.stringify(role("A", "AROA1")), false],
    ["a config file", "clusterID: a\nserver: {mapRoles: []}", false],
    ["a list of texts", "- a\n", false],
    ["nothing", "", false],
  ] as const
) {
  Deno.test(`access entries: ${what} is ${is ? "" : "not "}output about them`, () => {
    assert.equal(isAccessEntryOutput(parseYamlDocuments(text)), is);
  });
}
