/**
 * Each source of Alibaba Cloud's credentials and each mode of a profile, in each state that it can be in: the table of
 * docs/alibaba.md, cell by cell, through the whole chain of sources.
 *
 * @module
 */

import assert from "node:assert/strict";
import { alibabaSigner } from "../../../../lib/clouds/alibaba/signer.ts";
import { CredentialsError, NoCredentials } from "../../../../lib/clouds/signer.ts";
import { mintToken } from "../../../../lib/token/mint.ts";
import type { World } from "../../../../lib/world.ts";
import { DEMO_PRINCIPALS } from "../../../../lib/emulator/alibaba/principals.ts";
import { CERTIFICATE } from "../../../emulator/stage.ts";
import { startScripted, startSilent } from "../../../support/stand_ins/scripted_server.ts";
import { OIDC, rerouted, type Rig, SECRET, startRig } from "./rig.ts";

const { alice } = DEMO_PRINCIPALS;
const ROLE = "acs:ram::1234567890123456:role/Viewers";
const TEMPORARY = {
  AccessKeyId: "STS.NMadeUp",
  AccessKeySecret: SECRET,
  SecurityToken: "CAISMadeUp",
  Expiration: "2026-11-22T13:00:00Z",
};
const EXPIRED = { ...TEMPORARY, Expiration: "2026-11-22T11:00:00Z" };
/** Seconds since 1970, an hour before the clock of these tests and an hour after it. */
const [PAST, FUTURE] = [1_795_345_200, 1_795_352_400];

/** What a cell is set up with. */
interface Setting {
  readonly variables?: Readonly<Record<string, string>>;
  /** The one profile of `~/.aliyun/config.json`. */
  readonly profile?: Readonly<Record<string, unknown>>;
  /** More profiles of it. */
  readonly others?: readonly Readonly<Record<string, unknown>>[];
  /** Other files of the home. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** What a server answers that the setting leads to as `{server}`; `silent` says nothing. */
  readonly server?: "silent" | ((path: string) => Response);
  /** Whether that server speaks HTTPS. */
  readonly https?: boolean;
  /** Which origin leads to that server. */
  readonly rerouted?: string;
  /** Whether STS takes connections, and stays silent. */
  readonly stsIsSilent?: boolean;
}

/** What becomes of it: keys of a source, or an error; one that passes the source over lists it. */
type Outcome = { readonly from: RegExp } | { readonly passedOver: RegExp } | { readonly stops: RegExp };

type Cell = readonly [setting: Setting, outcome: Outcome];

const keys = (more: Readonly<Record<string, unknown>> = {}) => ({
  access_key_id: alice.accessKeyId,
  access_key_secret: alice.accessKeySecret,
  ...more,
});
const kept = (end: number) => ({
  access_key_id: "STS.NMadeUp",
  access_key_secret: SECRET,
  sts_token: "CAISMadeUp",
  sts_expiration: end,
});
const rrsa = {
  ALIBABA_CLOUD_ROLE_ARN: OIDC.role,
  ALIBABA_CLOUD_OIDC_PROVIDER_ARN: OIDC.provider,
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: "{home}/token",
};
const oidc = {
  mode: "OIDC",
  ram_role_arn: OIDC.role,
  oidc_provider_arn: OIDC.provider,
  oidc_token_file: "{home}/token",
  ram_session_name: "pod",
};
const token = { token: OIDC.token };
const sso = {
  mode: "CloudSSO",
  cloud_sso_sign_in_url: "https://{server}/start/login",
  cloud_sso_account_id: "1234567890123456",
  cloud_sso_access_config: "ac-MadeUp",
  access_token: SECRET,
};
const oauth = {
  mode: "OAuth",
  oauth_site_type: "CN",
  oauth_access_token: SECRET,
  oauth_access_token_expire: FUTURE,
};
const prints = (text: string) => ({ mode: "External", process_command: `printf %s '${text}'` });
const printed = (end: string) =>
  JSON.stringify({
    mode: "StsToken",
    access_key_id: "STS.NMadeUp",
    access_key_secret: SECRET,
    sts_token: "CAISMadeUp",
    expiration: end,
  });
const PROFILE = /^profile "p" of .*config\.json$/;
const uri = { ALIBABA_CLOUD_CREDENTIALS_URI: "http://{server}/keys" };
const noSts = /no answer from STS at "127\.0\.0\.1:\d+"/;

/** Where nothing is slow, because nobody is asked, or nothing expires, because no end is known, there is no cell. */
const TABLE: Readonly<Record<string, Readonly<Partial<Record<State, Cell>>>>> = {
  "environment": {
    good: [{
      variables: {
        ALIBABA_CLOUD_ACCESS_KEY_ID: alice.accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: alice.accessKeySecret,
      },
    }, { from: /^environment \(ALIBABA_CLOUD_ACCESS_KEY_ID\)$/ }],
    absent: [{}, { passedOver: /^ {2}environment: ALIBABA_CLOUD_ACCESS_KEY_ID is not set$/m }],
    broken: [{ variables: { ALICLOUD_ACCESS_KEY: "LTAI5tMadeUp" } }, { stops: /ALICLOUD_SECRET_KEY is not/ }],
  },
  "OIDC token": {
    good: [{ variables: rrsa, files: token }, {
      from: /^role acs:ram::\d+:role\/Pod, for the OIDC token ".*\/token"$/,
    }],
    absent: [{ variables: { ALIBABA_CLOUD_ROLE_ARN: OIDC.role } }, {
      passedOver: /^ {2}OIDC token \(RRSA\): ALIBABA_CLOUD_OIDC_TOKEN_FILE is not set$/m,
    }],
    broken: [{ variables: rrsa }, {
      stops: /^Cannot use ALIBABA_CLOUD_OIDC_TOKEN_FILE: cannot read the OIDC token ".*it/,
    }],
    slow: [{ variables: rrsa, files: token, stsIsSilent: true }, { stops: noSts }],
    expired: [{ variables: rrsa, files: { token: `${OIDC.token}Old` } }, {
      stops: /STS refused with "AuthenticationFail\.OIDCToken\.Invalid".*check that the token is of this provider/,
    }],
  },
  "~/.acs/credentials": {
    good: [{
      files: { ".acs/credentials": { AcsAccessKeyId: alice.accessKeyId, AcsAccessKeySecret: alice.accessKeySecret } },
    }, { from: /\/\.acs\/credentials$/ }],
    absent: [{}, { passedOver: /^ {2}~\/\.acs\/credentials: ".*\/\.acs\/credentials" does not exist$/m }],
    broken: [{ files: { ".acs/credentials": SECRET } }, { stops: /\.acs\/credentials": it is not a JSON object/ }],
  },
  "~/.alibabacloud/credentials": {
    good: [{
      files: {
        ".alibabacloud/credentials":
          `[default]\ntype=access_key\naccess_key_id=${alice.accessKeyId}\naccess_key_secret=${alice.accessKeySecret}\n`,
      },
    }, { from: /^profile "default" of .*\/\.alibabacloud\/credentials$/ }],
    absent: [{}, { passedOver: /^ {2}~\/\.alibabacloud\/credentials: ".*credentials" does not exist$/m }],
    broken: [{ files: { ".alibabacloud/credentials": SECRET } }, { stops: /credentials": line 1 is neither/ }],
  },
  "AK": {
    good: [{ profile: keys({ mode: "AK" }) }, { from: PROFILE }],
    absent: [{}, { passedOver: /^ {2}~\/\.aliyun\/config\.json: ".*config\.json" does not exist$/m }],
    broken: [{ profile: { mode: "AK", access_key_id: alice.accessKeyId } }, {
      stops: /"access_key_secret" is missing/,
    }],
  },
  "StsToken": {
    good: [{ profile: { mode: "StsToken", ...kept(FUTURE) } }, { from: PROFILE }],
    broken: [{ profile: keys({ mode: "StsToken" }) }, { stops: /"sts_token" is missing/ }],
    expired: [{ profile: { mode: "StsToken", ...kept(PAST) } }, { stops: /have expired or expire within a minute/ }],
  },
  "RamRoleArn": {
    good: [{ profile: keys({ mode: "RamRoleArn", ram_role_arn: ROLE, ram_session_name: "alice" }) }, { from: PROFILE }],
    broken: [{ profile: keys({ mode: "RamRoleArn", ram_role_arn: `${ROLE}s` }) }, {
      stops: /^Cannot use profile "p" of ".*": cannot assume role .*"EntityNotExist\.Role"/,
    }],
    slow: [{ profile: keys({ mode: "RamRoleArn", ram_role_arn: ROLE }), stsIsSilent: true }, { stops: noSts }],
    expired: [{ profile: { mode: "RamRoleArn", ram_role_arn: ROLE, ...kept(PAST) } }, {
      stops: /"InvalidAccessKeyId\.NotFound"/,
    }],
  },
  "ChainableRamRoleArn": {
    good: [{
      profile: { mode: "ChainableRamRoleArn", ram_role_arn: ROLE, source_profile: "q" },
      others: [keys({ name: "q", mode: "AK" })],
    }, { from: PROFILE }],
    broken: [{ profile: { mode: "ChainableRamRoleArn", ram_role_arn: ROLE, source_profile: "q" } }, {
      stops: /there is no source profile "q"/,
    }],
    slow: [{
      profile: { mode: "ChainableRamRoleArn", ram_role_arn: ROLE, source_profile: "q" },
      others: [keys({ name: "q", mode: "AK" })],
      stsIsSilent: true,
    }, { stops: noSts }],
    expired: [{
      profile: { mode: "ChainableRamRoleArn", ram_role_arn: ROLE, source_profile: "q" },
      others: [{ name: "q", mode: "StsToken", ...kept(PAST) }],
    }, { stops: /"InvalidAccessKeyId\.NotFound"/ }],
  },
  "External": {
    good: [{ profile: prints(printed("2026-11-22T13:00:00Z")) }, { from: PROFILE }],
    broken: [{ profile: { mode: "External", process_command: "false" } }, {
      stops: /^Cannot use profile "p".*"false" /,
    }],
    expired: [{ profile: prints(printed("2026-11-22T11:00:00Z")) }, { stops: /have expired/ }],
  },
  "CredentialsURI": {
    good: [{
      profile: { mode: "CredentialsURI", credentials_uri: "http://{server}/keys" },
      server: () => Response.json({ Code: "Success", ...TEMPORARY }),
    }, { from: PROFILE }],
    broken: [{
      profile: { mode: "CredentialsURI", credentials_uri: "http://{server}/keys" },
      server: () => new Response(SECRET),
    }, { stops: /^Cannot use profile "p".* answered with HTTP 200 without readable JSON/ }],
    slow: [{ profile: { mode: "CredentialsURI", credentials_uri: "http://{server}/" }, server: "silent" }, {
      stops: /no answer from the credentials server at "127\.0\.0\.1:\d+"/,
    }],
    expired: [{
      profile: { mode: "CredentialsURI", credentials_uri: "http://{server}/keys" },
      server: () => Response.json({ Code: "Success", ...EXPIRED }),
    }, { stops: /have expired/ }],
  },
  "OIDC": {
    good: [{ profile: oidc, files: token }, { from: PROFILE }],
    broken: [{ profile: { ...oidc, oidc_provider_arn: "" }, files: token }, {
      stops: /"oidc_provider_arn" is missing/,
    }],
    slow: [{ profile: oidc, files: token, stsIsSilent: true }, { stops: noSts }],
    expired: [{ profile: oidc, files: { token: `${OIDC.token}Old` } }, {
      stops: /"AuthenticationFail\.OIDCToken\.Invalid"/,
    }],
  },
  "CloudSSO": {
    good: [{ profile: { ...sso, ...kept(FUTURE) } }, { from: PROFILE }],
    broken: [{
      profile: { ...sso, cloud_sso_access_token_expire: FUTURE },
      https: true,
      server: () => Response.json({ ErrorCode: "Denied", ErrorMessage: "No.", RequestId: "r-1" }, { status: 403 }),
    }, { stops: /CloudSSO refused with "Denied": No\..*run "aliyun configure --mode CloudSSO --profile p"$/ }],
    slow: [{ profile: { ...sso, cloud_sso_access_token_expire: FUTURE }, server: "silent" }, {
      stops: /no answer from CloudSSO/,
    }],
    expired: [{ profile: { ...sso, ...kept(PAST), cloud_sso_access_token_expire: PAST } }, {
      stops: /its sign-in to CloudSSO has expired; run "aliyun configure --mode CloudSSO --profile p"$/,
    }],
  },
  "OAuth": {
    good: [{ profile: { ...oauth, ...kept(FUTURE) } }, { from: PROFILE }],
    broken: [{
      profile: oauth,
      https: true,
      rerouted: "https://oauth.aliyun.com",
      server: () =>
        Response.json({ error: "invalid_token", error_description: "No.", requestId: "r" }, { status: 400 }),
    }, { stops: /OAuth service refused with "invalid_token": No\..*run "ram-auth login --profile p"$/ }],
    slow: [{ profile: oauth, rerouted: "https://oauth.aliyun.com", server: "silent" }, {
      stops: /no answer from Alibaba Cloud's OAuth service at "oauth\.aliyun\.com"/,
    }],
    expired: [{ profile: { ...oauth, ...kept(PAST), oauth_access_token_expire: PAST } }, {
      stops: /its access token has expired; run "ram-auth login --profile p"$/,
    }],
  },
  "ALIBABA_CLOUD_CREDENTIALS_URI": {
    good: [{ variables: uri, server: () => Response.json(TEMPORARY) }, {
      from: /^environment \(ALIBABA_CLOUD_CREDENTIALS_URI\)$/,
    }],
    absent: [{}, { passedOver: /^ {2}ALIBABA_CLOUD_CREDENTIALS_URI: it is not set$/m }],
    broken: [{ variables: uri, server: () => new Response(null, { status: 500 }) }, {
      stops: /answered with HTTP 500/,
    }],
    slow: [{ variables: uri, server: "silent" }, {
      stops: /^Cannot use ALIBABA_CLOUD_CREDENTIALS_URI: no answer from/,
    }],
    expired: [{ variables: uri, server: () => Response.json(EXPIRED) }, { stops: /have expired/ }],
  },
};

const STATES = ["good", "absent", "broken", "slow", "expired"] as const;
type State = (typeof STATES)[number];

/** Puts the addresses of this run in. */
function filled<Value>(value: Value, { home, server }: { readonly home: string; readonly server: string }): Value {
  return JSON.parse(JSON.stringify(value).replaceAll("{home}", home).replaceAll("{server}", server));
}

function startServer({ server, https }: Setting) {
  if (server === undefined || server === "silent") return startSilent();
  return startScripted(({ path }) => server(path), https ? CERTIFICATE : undefined);
}

async function mintIn(rig: Rig, setting: Setting): Promise<string> {
  await using server = startServer(setting);
  await using silent = startSilent();
  const places = { home: rig.home, server: server.host };
  for (const [path, content] of Object.entries(setting.files ?? {})) await rig.write(path, content);
  if (setting.profile !== undefined) {
    const profiles = [{ name: "p", ...setting.profile }, ...setting.others ?? []];
    await rig.write(".aliyun/config.json", filled({ current: "p", profiles }, places));
  }
  const { profile, sts } = rig.want(undefined, setting.stsIsSilent ? silent.host : undefined);
  const here = rig.world(filled(setting.variables ?? {}, places));
  const world: World = setting.rerouted === undefined
    ? here
    : rerouted(here, setting.rerouted, `https://${server.host}`);
  return (await mintToken(world, alibabaSigner, { clusterId: "c1", profile, sts: sts!, roles: undefined })).credentials
    .source;
}

async function judge([setting, outcome]: Cell): Promise<void> {
  await using rig = await startRig();
  if ("from" in outcome) {
    assert.match(await mintIn(rig, setting), outcome.from);
    return;
  }
  await assert.rejects(mintIn(rig, setting), (e) => {
    assert(e instanceof CredentialsError, String(e));
    assert.equal(e instanceof NoCredentials, "passedOver" in outcome, e.message);
    assert.match(e.message, "passedOver" in outcome ? outcome.passedOver : outcome.stops);
    assert(!Deno.inspect(e, { depth: 10 }).includes(SECRET), "the error shows the secret");
    return true;
  });
}

for (const [source, cells] of Object.entries(TABLE)) {
  for (const state of STATES) {
    const cell = cells[state];
    if (cell === undefined || state === "slow") continue;
    Deno.test(`${source} of Alibaba Cloud, ${state}: ${Object.keys(cell[1])[0]}`, () => judge(cell));
  }
}

// All at once, because each takes as long as the deadline of a call.
Deno.test("each source of Alibaba Cloud that asks somebody who stays silent ends with an error that says whom", async () => {
  await Promise.all(Object.values(TABLE).map(async ({ slow }) => slow && await judge(slow)));
});
