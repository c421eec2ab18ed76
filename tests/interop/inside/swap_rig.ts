/**
 * aws-iam-authenticator and ram-auth side by side, with the same people: what each makes of them, and whether
 * `check --as` names the entry where the two differ. Runs where the names of STS lead to the emulator: see `namespace.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { differencesOfFile } from "../../../lib/cli/mappings/check_swap.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import { compileGlob } from "../../../lib/identity/glob.ts";
import type { Difference } from "../../../lib/mapping/swap/differences.ts";
import type { DifferenceCode, Effect } from "../../../lib/mapping/swap/kinds.ts";
import { realWorld } from "../../../lib/world.ts";
import { parseYaml } from "../../../lib/yaml/read.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { awsToken } from "../../support/aws_tokens.ts";
import { type ReviewServer, type ReviewServerOptions, startReviewServer } from "../../support/review_server.ts";
import { type Random, seededRandom } from "../../support/seeded_random.ts";
import { type ReviewStatus, withoutCredentialId } from "../../support/server_process.ts";
import { IDENTITIES, MARKER } from "../mapping_configs.ts";
import { type Peer, type PeerServer, preparePeer } from "./peer_server.ts";
import { STS_NAMES } from "./sts_names.ts";

/** How many configs are compared. */
export const CONFIGS = Number(Deno.env.get("RAM_AUTH_TEST_SWAP_CONFIGS") ?? "100");

/** From which seed they are made: the same seed makes the same configs. */
const SEED = Number(Deno.env.get("RAM_AUTH_TEST_SWAP_SEED") ?? "1");

/** Keeps the seeds of two runs apart. */
const SEED_STEP = 1_000_003;

/** A token lasts 15 minutes. */
const CONFIGS_PER_TOKEN = 200;

/** Most failures to print. */
const MAX_TOLD = 5;

/** How often the old server is asked again where it answers at random. */
const MAX_ASKED = 200;

/** These say that the old server answers at random. */
const RANDOM: readonly DifferenceCode[] = ["letter_case", "same_arn"];

/** An effect stands for those behind it: who may gain rights by an entry may also lose some. */
const COVERS: Readonly<Record<Effect, readonly Effect[]>> = {
  more: ["more", "other", "less"],
  other: ["other", "less"],
  less: ["less"],
};

/** The people as mappings name them. */
const CANONICAL_ARNS = IDENTITIES.map(({ identity: { Arn } }) =>
  Arn.replace(/:sts:(.*):assumed-role\/([^/]+)\/.*/, ":iam:$1:role/$2").toLowerCase()
);

/** Whom a server takes somebody for; `undefined` where it refuses. */
export type Answer = Pick<NonNullable<ReviewStatus["user"]>, "username" | "uid" | "extra"> & {
  readonly groups: readonly string[];
};

/** What the two servers say of one person. */
export interface Answers {
  readonly ours: Answer | undefined;
  readonly theirs: Answer | undefined;
}

/** A token for each server. */
export interface TokenPair {
  readonly ours: string;
  readonly theirs: string;
}

/** Both servers, and what has come of the comparison so far; `await using` ends it. */
export interface SwapRig extends AsyncDisposable {
  readonly server: ReviewServer;
  readonly peer: Peer;
  /** The tokens that are good while this config is in force. */
  tokens(config: number): { readonly marker: TokenPair; readonly people: readonly TokenPair[] };
  /** Asks both servers about everybody, and judges what differs by what `check --as` says of the file. */
  compare(theirs: PeerServer, config: number, differences: readonly Difference[]): Promise<void>;
  /** Takes note that aws-iam-authenticator did not start. */
  ended(): void;
  /** Takes note of something wrong. */
  fail(config: number, why: string): void;
  /** What came of it, in words. */
  summary(): string;
  assertAllNamed(): void;
}

/** Starts ram-auth, and what aws-iam-authenticator needs. */
export async function startSwapRig(options: Pick<ReviewServerOptions, "source"> = {}): Promise<SwapRig> {
  await using starting = new AsyncDisposableStack();
  const pair = await makeLoopbackCertificate(STS_NAMES);
  const folder = await Deno.makeTempDir({ prefix: "swap-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const stsCaFile = `${folder}/sts-ca.pem`;
  await Deno.writeTextFile(stsCaFile, pair.caPem);
  const principals = [MARKER, ...IDENTITIES];
  const sts = startStsEmulator({ ...pair, principals, port: 443, now: () => new Date() });
  starting.defer(() => sts.shutdown());
  const server = starting.use(await startReviewServer({ mappings: "{}", clouds: ["aws"], principals, ...options }));
  const { clusterId } = server;
  const peer = starting.use(await preparePeer({ clusterId, stsCaFile }));

  let tokens: readonly TokenPair[] = [];
  let madeAt = -Infinity;
  const tokensFor = (config: number) => {
    if (config - madeAt >= CONFIGS_PER_TOKEN) {
      madeAt = config;
      const now = new Date();
      server.advance(now.getTime() - server.now().getTime());
      tokens = principals.map((keys) => ({
        ours: awsToken(keys, { clusterId, now, host: server.stsHost }),
        theirs: awsToken(keys, { clusterId, now, host: "sts.us-east-1.amazonaws.com" }),
      }));
    }
    const [marker, ...people] = tokens;
    return { marker: marker!, people };
  };

  let equal = 0;
  let ended = 0;
  const named = new Map<DifferenceCode, number>();
  const failures: string[] = [];
  const fail = (config: number, why: string) => void failures.push(`config ${config} of seed ${SEED}: ${why}`);
  const running = starting.move();
  return {
    server,
    peer,
    tokens: tokensFor,
    async compare(theirs, config, differences) {
      await Promise.all(
        tokensFor(config).people.map(async (token, i) => {
          const answers = await askBoth(token, server, theirs);
          const effect = effectOn(answers);
          const arn = CANONICAL_ARNS[i]!;
          if (effect === undefined) {
            equal += 1;
            assert.deepEqual(answers.ours, answers.theirs);
            return;
          }
          const about = differences.filter((difference) => isAbout(difference, arn));
          const by = about.find(({ effect: named }) => COVERS[named].includes(effect)) ??
            (await isRandom(about, answers.ours, () => theirs.review(token.theirs)));
          if (by !== undefined) named.set(by.code, (named.get(by.code) ?? 0) + 1);
          else fail(config, `${arn} has ${effect}: ${JSON.stringify(answers)}; named: ${JSON.stringify(about)}`);
        }),
      );
    },
    ended: () => void (ended += 1),
    fail,
    summary() {
      const rows = [...named].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
      return `of ${CONFIGS} configs of seed ${SEED}, aws-iam-authenticator does not start with ${ended}; ` +
        `of the answers, ${equal} are equal, and the others named: ${rows.join(", ")}`;
    },
    assertAllNamed() {
      assert.equal(failures.length, 0, `${failures.length} failures:\n${failures.slice(0, MAX_TOLD).join("\n")}`);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The random numbers of a config. */
export function randomOf(config: number): Random {
  return seededRandom(SEED * SEED_STEP + config);
}

/** What `check --as aws-iam-authenticator` says of a file. */
export async function differencesIn(text: string): Promise<readonly Difference[]> {
  const file = { path: "mappings.yaml", text, documents: [parseYaml(text)] };
  const options = { tool: "aws-iam-authenticator", reserved: new Map(), world: realWorld() } as const;
  return (await differencesOfFile(file, options)).differences;
}

/** Asks both servers about one person. */
export async function askBoth(token: TokenPair, server: ReviewServer, peer: PeerServer): Promise<Answers> {
  const [ours, theirs] = await Promise.all([server.review(token.ours), peer.review(token.theirs)]);
  return { ours: answerOf(ours.body.status), theirs: answerOf(theirs) };
}

/** The old server writes no empty list, and no empty name; to kube-apiserver they are the same. */
function answerOf(status: Partial<ReviewStatus> | undefined): Answer | undefined {
  if (status?.authenticated !== true) return undefined;
  const { username = "", groups = [], uid, extra } = status.user!;
  return { username, groups, uid, extra: withoutCredentialId(extra) };
}

/** What a swap does to a person; `undefined` where it does nothing. */
function effectOn({ ours, theirs }: Answers): Effect | undefined {
  if (ours === undefined) return theirs === undefined ? undefined : "less";
  if (theirs === undefined || ours.groups.some((group) => !theirs.groups.includes(group))) return "more";
  if (ours.username !== theirs.username) return "other";
  return ours.groups.length === theirs.groups.length ? undefined : "less";
}

function isAbout({ whom }: Difference, arn: string): boolean {
  return whom === "*" || whom === arn.split(":")[4] || compileGlob(whom).matches(arn);
}

/** The difference that says that the old server answers at random, where it once answers as ram-auth does. */
async function isRandom(
  about: readonly Difference[],
  ours: Answer | undefined,
  ask: () => Promise<ReviewStatus>,
): Promise<Difference | undefined> {
  const by = about.find(({ code }) => RANDOM.includes(code));
  for (let asked = 0; by !== undefined && asked < MAX_ASKED; asked += 1) {
    if (effectOn({ ours, theirs: answerOf(await ask()) }) === undefined) return by;
  }
  return undefined;
}
