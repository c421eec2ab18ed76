import assert from "node:assert/strict";
import {
  AssumeRoleError,
  type Credentials,
  CredentialsError,
  type CredentialSource,
  type CredentialsWanted,
  type RoleRequest,
  type Signer,
} from "../../lib/clouds/signer.ts";
import { loadSigner } from "../../lib/clouds/registry.ts";
import { Secret } from "../../lib/secret.ts";
import { mintToken } from "../../lib/token/mint.ts";
import { fakeWorld } from "../config/fake_world.ts";

const ALIBABA = await loadSigner("alibaba");
const KEYS: Credentials = {
  accessKeyId: "LTAI5tMadeUp",
  accessKeySecret: new Secret("MadeUpSecret"),
  source: "the second",
};
const STS = { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined };
const WANT = { clusterId: "c1", profile: undefined, sts: STS, roles: undefined };

function source(name: string, find: CredentialSource["find"]): CredentialSource {
  return { name, find };
}

function signerWith(...sources: CredentialSource[]): Signer {
  return { ...ALIBABA, credentialSources: () => sources };
}

Deno.test("mintToken() takes the first source that is configured, and says which", async () => {
  const signer = signerWith(
    source("first", () => Promise.resolve({ notConfigured: "not there" })),
    source("second", () => Promise.resolve(KEYS)),
    source("third", () => Promise.reject(new Error("must not be asked"))),
  );
  const minted = await mintToken(fakeWorld(), signer, WANT);
  assert.equal(minted.credentials.source, "the second");
  assert.match(minted.token.reveal(), /^k8s-ack-v2\./);
  assert.equal(minted.expiresAt.toISOString(), "2026-01-02T03:14:05.000Z");
});

Deno.test("mintToken() ends at a source that is broken", async () => {
  const broken = new CredentialsError("Cannot use the first");
  const signer = signerWith(
    source("first", () => Promise.reject(broken)),
    source("second", () => Promise.resolve(KEYS)),
  );
  await assert.rejects(mintToken(fakeWorld(), signer, WANT), (e) => e === broken);
});

Deno.test("mintToken() hands the profile and the STS wanted to every source", async () => {
  const asked: CredentialsWanted[] = [];
  const signer = signerWith(source("first", (_, want) => {
    asked.push(want);
    return Promise.resolve(KEYS);
  }));
  await mintToken(fakeWorld(), signer, { ...WANT, profile: "work" });
  assert.deepEqual(asked.map(({ profile, sts }) => ({ profile, sts })), [{ profile: "work", sts: STS }]);
});

Deno.test("mintToken() signs with no keys that cannot work, be they found or of a role", async () => {
  const unusable = { ...KEYS, accessKeyId: "STS.MadeUp" };
  const found = signerWith(source("first", () => Promise.resolve(unusable)));
  await assert.rejects(mintToken(fakeWorld(), found, WANT), CredentialsError);
  const signer: Signer = {
    ...signerWith(source("first", () => Promise.resolve(KEYS))),
    assumeRole: () => Promise.resolve(unusable),
  };
  const roles = { arns: ["acs:ram::1:role/Viewers"], terms: { session: { kind: "usual" } } } as const;
  await assert.rejects(mintToken(fakeWorld(), signer, { ...WANT, roles }), CredentialsError);
});

Deno.test("mintToken() lists every source and its reason where none is configured", async () => {
  const home = await Deno.makeTempDir();
  try {
    await assert.rejects(
      mintToken(fakeWorld({ HOME: home, ALIBABA_CLOUD_ECS_METADATA_DISABLED: "true" }), ALIBABA, WANT),
      (e) => {
        assert(e instanceof CredentialsError);
        assert.equal(e.code, "ERR_CREDENTIALS");
        assert.equal(
          e.message,
          "Cannot find credentials for alibaba; configure one of these:" +
            "\n  environment: ALIBABA_CLOUD_ACCESS_KEY_ID is not set" +
            "\n  OIDC token (RRSA): ALIBABA_CLOUD_OIDC_TOKEN_FILE is not set" +
            `\n  ~/.acs/credentials: "${home}/.acs/credentials" does not exist` +
            `\n  ~/.aliyun/config.json: "${home}/.aliyun/config.json" does not exist` +
            `\n  ~/.alibabacloud/credentials: "${home}/.alibabacloud/credentials" does not exist` +
            "\n  ALIBABA_CLOUD_CREDENTIALS_URI: it is not set" +
            "\n  ECS metadata service: ALIBABA_CLOUD_ECS_METADATA_DISABLED is set",
        );
        return ALIBABA.credentialSources().every(({ name }) => e.message.includes(`\n  ${name}: `));
      },
    );
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("mintToken() mints with the keys of the last role, each assumed with those of the one before", async () => {
  const asked: RoleRequest[] = [];
  const signer: Signer = {
    ...signerWith(source("first", () => Promise.resolve(KEYS))),
    assumeRole: (_, request) => {
      asked.push(request);
      const expiresAt = new Date("2026-01-02T03:10:05Z");
      const securityToken = new Secret("MadeUpToken");
      return Promise.resolve({ ...KEYS, accessKeyId: "STS.MadeUp", securityToken, expiresAt, source: "the role" });
    },
  };
  const sts = { ...STS, region: "cn-hangzhou" };
  const terms = {
    externalId: "x",
    session: { kind: "of_caller" },
    durationSeconds: 1_800,
    mfaSerial: "MadeUp",
  } as const;
  const arns = ["acs:ram::1:role/First", "acs:ram::1:role/Viewers"];
  const minted = await mintToken(fakeWorld(), signer, { ...WANT, sts, roles: { arns, terms } });
  const { session } = terms;
  assert.deepEqual(
    asked.map(({ credentials: { source, accessKeyId }, ...request }) => ({ ...request, source, accessKeyId })),
    [
      { roleArn: arns[0], session, mfaSerial: "MadeUp", source: KEYS.source, accessKeyId: KEYS.accessKeyId, sts },
      {
        roleArn: arns[1],
        session,
        externalId: "x",
        durationSeconds: 1_800,
        source: "the role",
        accessKeyId: "STS.MadeUp",
        sts,
      },
    ],
  );
  assert.equal(minted.credentials.source, "the role");
  assert.equal(minted.expiresAt.toISOString(), "2026-01-02T03:09:05.000Z");
  assert.match(atob(minted.token.reveal().split(".", 2)[1]!), /Credential=STS\.MadeUp/);
});

Deno.test("mintToken() ends where the role cannot be assumed", async () => {
  const refused = new AssumeRoleError("Cannot assume role");
  const signer: Signer = {
    ...signerWith(source("first", () => Promise.resolve(KEYS))),
    assumeRole: () => Promise.reject(refused),
    mint: () => Promise.reject(new Error("must not be asked")),
  };
  const roles = { arns: ["acs:ram::1:role/Viewers"], terms: { session: { kind: "usual" } } } as const;
  await assert.rejects(mintToken(fakeWorld(), signer, { ...WANT, roles }), (e) => e === refused);
});

for (
  const [what, end, usable] of [
    ["have ended", "2026-01-02T03:00:00Z", false],
    ["end within a minute", "2026-01-02T03:05:04Z", false],
    ["end in exactly a minute", "2026-01-02T03:05:05Z", false],
    ["end in two minutes", "2026-01-02T03:06:05Z", true],
  ] as const
) {
  Deno.test(`mintToken() ${usable ? "uses" : "refuses"} credentials that ${what}`, async () => {
    const signer = signerWith(source("first", () => Promise.resolve({ ...KEYS, expiresAt: new Date(end) })));
    const minting = mintToken(fakeWorld(), signer, WANT);
    if (usable) assert.equal((await minting).expiresAt.toISOString(), "2026-01-02T03:05:05.000Z");
    else await assert.rejects(minting, (e) => e instanceof CredentialsError && /the second.*renew/.test(e.message));
  });
}
