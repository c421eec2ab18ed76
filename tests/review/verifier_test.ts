import assert from "node:assert/strict";
import {
  type Cloud,
  type ReadContext,
  type StsCall,
  StsDenied,
  StsFault,
  StsThrottled,
  TokenError,
} from "../../lib/clouds/cloud.ts";
import { loadCloud } from "../../lib/clouds/registry.ts";
import type { Identity } from "../../lib/identity/identity.ts";
import type { DenyList } from "../../lib/mapping/deny/denial.ts";
import { createDenyList, type DenyKind } from "../../lib/mapping/deny/list.ts";
import { MappingRefused } from "../../lib/mapping/outcome.ts";
import { type Mapper, MappingsNotReady } from "../../lib/mapping/source.ts";
import { credentialIdOf } from "../../lib/review/credential_id.ts";
import { createDecisions } from "../../lib/review/decisions.ts";
import type { StsClient } from "../../lib/review/sts_client.ts";
import { review, type Verdict, type VerifierParts } from "../../lib/review/verifier.ts";
import { NO_SPANS } from "../../lib/telemetry/spans.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const CLUSTER_ID = "c-of-the-test";

const ALICE: Identity = {
  cloud: "alibaba",
  arn: "acs:ram::1234567890123456:assumed-role/Admin/alice",
  canonicalArn: "acs:ram::1234567890123456:role/Admin",
  accountId: "1234567890123456",
  principalId: "300000000000000001",
  sessionName: "alice",
  accessKeyId: "STS.NMadeUp",
};
const DAVE: Identity = {
  cloud: "aws",
  arn: "arn:aws:iam::123456789012:user/dave",
  canonicalArn: "arn:aws:iam::123456789012:user/dave",
  accountId: "123456789012",
  principalId: "AIDAEXAMPLE",
  sessionName: "",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
};

const clouds: readonly Cloud[] = [await loadCloud("alibaba"), await loadCloud("aws")];

/** What happened, in order. */
interface Steps {
  readonly parts: VerifierParts & { readonly sts: StsClient };
  readonly steps: readonly string[];
}

/** Parts that note what they are asked. The call that a reader makes is told apart by its host. */
function partsWith({ accepted = ["alibaba", "aws"], read, ask, map, deny = createDenyList(), callOf }: {
  readonly accepted?: readonly string[];
  readonly read?: () => never;
  readonly ask?: (call: StsCall) => Promise<Identity>;
  readonly map?: Mapper["map"];
  readonly deny?: DenyList;
  readonly callOf?: (cloud: Cloud) => StsCall;
} = {}): Steps {
  const steps: string[] = [];
  const sts: StsClient = {
    async ask(call) {
      steps.push(`STS of ${call.host} is asked`);
      return await (ask?.(call) ?? (call.host === "aws" ? DAVE : ALICE));
    },
  };
  const parts = {
    clusterId: CLUSTER_ID,
    now: () => NOW,
    clouds: clouds.filter(({ id }) => accepted.includes(id)).map((cloud) => ({
      cloud,
      reader: {
        usualHosts: [],
        endpoint: "of the test",
        read(token: string, context: ReadContext) {
          assert.deepEqual(context, { clusterId: CLUSTER_ID, now: NOW });
          steps.push(`${cloud.id} reads ${token}`);
          return read?.() ?? callOf?.(cloud) ?? { host: cloud.id, endsAtMs: NOW.getTime() + 900_000 } as StsCall;
        },
      },
    })),
    sts,
    deny,
    maxTokenAgeMs: () => 300_000,
    spans: NO_SPANS,
    decisions: createDecisions({ now: () => NOW, elapsedMs: () => 0 }, sts, { ttlMs: () => 0 }),
    mapping: {
      async map(identity: Identity) {
        steps.push(`${identity.canonicalArn} is mapped`);
        return await (map === undefined ? { username: "somebody", groups: ["some"] } : map(identity));
      },
    },
  };
  return { parts, steps };
}

for (
  const [token, identity, uid, extra] of [
    ["k8s-ack-v2.x", ALICE, "ack-ram-authenticator:1234567890123456:300000000000000001", {
      arn: [ALICE.arn],
      canonicalArn: [ALICE.canonicalArn],
      sessionName: ["alice"],
    }],
    ["k8s-aws-v1.x", DAVE, "aws-iam-authenticator:123456789012:AIDAEXAMPLE", {
      accessKeyId: ["AKIAIOSFODNN7EXAMPLE"],
      arn: [DAVE.arn],
      canonicalArn: [DAVE.canonicalArn],
      principalId: ["AIDAEXAMPLE"],
      sessionName: [""],
      "sigs.k8s.io/aws-iam-authenticator/principalId": ["AIDAEXAMPLE"],
    }],
  ] as const
) {
  Deno.test(`review() reads a token of ${identity.cloud}, asks STS, and maps who that is`, async () => {
    const { parts, steps } = partsWith();
    const credentialId = credentialIdOf(token);
    assert.deepEqual(await review(parts, token), {
      kind: "allowed",
      credentialId,
      identity,
      user: {
        username: "somebody",
        groups: ["some"],
        uid,
        extra: { ...extra, "authentication.kubernetes.io/credential-id": [credentialId] },
      },
    });
    assert.deepEqual(steps, [
      `${identity.cloud} reads ${token}`,
      `STS of ${identity.cloud} is asked`,
      `${identity.canonicalArn} is mapped`,
    ]);
  });
}

for (
  const [why, token, accepted] of [
    ["of nobody", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", ["alibaba", "aws"]],
    ["that is empty", "", ["alibaba", "aws"]],
    ["of a cloud that is not accepted", "k8s-aws-v1.x", ["alibaba"]],
    ["of a retired version", "k8s-ack-v1.x", ["alibaba", "aws"]],
    ["with something before the prefix", " k8s-aws-v1.x", ["alibaba", "aws"]],
    ["whose prefix is in another case", "K8S-AWS-V1.x", ["alibaba", "aws"]],
  ] as const
) {
  Deno.test(`review() leaves a token ${why} to others, and asks nobody`, async () => {
    const { parts, steps } = partsWith({ accepted });
    assert.deepEqual([await review(parts, token), steps], [{ kind: "not_ours" }, []]);
  });
}

const REFUSED_BY_CLOUD = new TokenError("expired", "Cannot accept the token: it is old");
const REFUSED_BY_STS = new StsDenied("SignatureDoesNotMatch", "request-1");
const REFUSED_BY_MAPPING = new MappingRefused("Cannot use the rule", "its name is reserved");

function refused(
  token: string,
  reason: string,
  { message, publicMessage }: { message: string; publicMessage: string },
  identity?: Identity,
): Verdict {
  return { kind: "refused", credentialId: credentialIdOf(token), reason, message, publicMessage, identity } as Verdict;
}

Deno.test("review() refuses what the cloud's reader refuses, without asking STS", async () => {
  const { parts, steps } = partsWith({
    read() {
      throw REFUSED_BY_CLOUD;
    },
  });
  assert.deepEqual(await review(parts, "k8s-aws-v1.x"), refused("k8s-aws-v1.x", "expired", REFUSED_BY_CLOUD));
  assert.deepEqual(steps, ["aws reads k8s-aws-v1.x"]);
});

Deno.test("review() refuses what STS refuses, without asking for a mapping", async () => {
  const { parts, steps } = partsWith({ ask: () => Promise.reject(REFUSED_BY_STS) });
  assert.deepEqual(await review(parts, "k8s-ack-v2.x"), refused("k8s-ack-v2.x", "sts_denied", REFUSED_BY_STS));
  assert.deepEqual(steps, ["alibaba reads k8s-ack-v2.x", "STS of alibaba is asked"]);
});

Deno.test("review() refuses what a mapping refuses, and says whom", async () => {
  const { parts } = partsWith({ map: () => Promise.reject(REFUSED_BY_MAPPING) });
  assert.deepEqual(
    await review(parts, "k8s-ack-v2.x"),
    refused("k8s-ack-v2.x", "mapping_refused", REFUSED_BY_MAPPING, ALICE),
  );
});

function denying(kind: DenyKind, entry: string): DenyList {
  const list = createDenyList();
  list.replace({ arns: [], accessKeyIds: [], principalIds: [], accounts: [], [kind]: [entry] });
  return list;
}

for (
  const [what, ageMs, want] of [
    ["as old as maxTokenAge", 300_000, "allowed"],
    ["older than maxTokenAge", 300_001, "expired"],
  ] as const
) {
  Deno.test(`review() of a token that is ${what} ends with ${want}, before STS is asked`, async () => {
    const endsAtMs = NOW.getTime() - ageMs + 900_000;
    const { parts, steps } = partsWith({ callOf: () => ({ host: "aws", endsAtMs }) as StsCall });
    const verdict = await review(parts, "k8s-aws-v1.x");
    assert.equal(verdict.kind === "refused" ? verdict.reason : verdict.kind, want);
    assert.equal(steps.length, want === "expired" ? 1 : 3);
  });
}

Deno.test("review() refuses a key on the deny list before STS is asked", async () => {
  const { parts, steps } = partsWith({
    deny: denying("accessKeyIds", "AKIAIOSFODNN7EXAMPLE"),
    callOf: () => ({ host: "aws", accessKeyId: "AKIAIOSFODNN7EXAMPLE", endsAtMs: Infinity }) as StsCall,
  });
  const verdict = await review(parts, "k8s-aws-v1.x");
  assert(verdict.kind === "refused");
  assert.deepEqual([verdict.reason, verdict.identity], ["deny_listed", undefined]);
  assert.deepEqual(steps, ["aws reads k8s-aws-v1.x"]);
});

for (
  const [kind, entry] of [
    ["accessKeyIds", DAVE.accessKeyId],
    ["principalIds", DAVE.principalId],
    ["accounts", DAVE.accountId],
  ] as const
) {
  Deno.test(`review() refuses a principal whom STS confirms and ${kind} of the deny list names`, async () => {
    const { parts, steps } = partsWith({ deny: denying(kind, entry) });
    const verdict = await review(parts, "k8s-aws-v1.x");
    assert(verdict.kind === "refused");
    assert.deepEqual([verdict.reason, verdict.identity], ["deny_listed", DAVE]);
    assert.match(verdict.message, new RegExp(`server\\.deny\\.${kind}`));
    assert(!verdict.publicMessage.includes(entry));
    assert.deepEqual(steps, ["aws reads k8s-aws-v1.x", "STS of aws is asked"]);
    assert.equal((await review(parts, "k8s-ack-v2.x")).kind, "allowed");
  });
}

Deno.test("review() refuses whom no mapping names, and tells only the log his ARN", async () => {
  const { parts } = partsWith({ map: () => Promise.resolve(undefined) });
  const verdict = await review(parts, "k8s-ack-v2.x");
  assert(verdict.kind === "refused");
  assert.deepEqual([verdict.reason, verdict.identity], ["not_mapped", ALICE]);
  assert(verdict.message.includes(ALICE.canonicalArn));
  assert(!verdict.publicMessage.includes("acs:"));
});

for (
  const [what, failure] of [
    ["STS cannot be reached", new StsFault("no answer")],
    ["STS asks for fewer calls", new StsThrottled("slower")],
    ["the mappings are not read yet", new MappingsNotReady("not yet")],
    ["there is a bug", new TypeError("undefined is not a function")],
  ] as const
) {
  Deno.test(`review() decides nothing where ${what}`, async () => {
    const atSts = partsWith({ ask: () => Promise.reject(failure) });
    const credentialId = credentialIdOf("k8s-ack-v2.x");
    const undecided = { kind: "undecided", credentialId, failure };
    assert.deepEqual(await review(atSts.parts, "k8s-ack-v2.x"), { ...undecided, identity: undefined });
    const atMapping = partsWith({ map: () => Promise.reject(failure) });
    assert.deepEqual(await review(atMapping.parts, "k8s-ack-v2.x"), { ...undecided, identity: ALICE });
  });
}

Deno.test("reviews at the same time keep to their own identities", async () => {
  const gates = new Map([["aws", Promise.withResolvers<Identity>()], ["alibaba", Promise.withResolvers<Identity>()]]);
  const { parts } = partsWith({ ask: ({ host }) => gates.get(host)!.promise });
  const reviews = ["k8s-aws-v1.x", "k8s-ack-v2.x"].map((token) => review(parts, token));
  gates.get("alibaba")!.resolve(ALICE);
  gates.get("aws")!.resolve(DAVE);
  const identities = (await Promise.all(reviews)).map((verdict) => verdict.kind === "allowed" && verdict.identity);
  assert.deepEqual(identities, [DAVE, ALICE]);
});
