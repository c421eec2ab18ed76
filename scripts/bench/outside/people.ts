/**
 * The people of measurements: roles of AWS whose rules give answers of one size each, and the tokens that clients send
 * for them. Their signatures are made up, as the STS of measurements looks at none.
 *
 * @module
 */

/** The host that tokens are signed for. */
export const STS_HOST = "sts.us-east-1.amazonaws.com";

/** The cluster of all servers. */
export const CLUSTER_ID = "bench.example.com";

const ACCOUNT = "123456789012";

/** As long as AWS makes them for an assumed role. */
const SECURITY_TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE".padEnd(684, "x");

/** Somebody who logs in. */
export interface Person {
  readonly role: string;
  readonly accessKeyId: string;
  readonly groups: readonly string[];
}

/** Whoever logs in: by the size of the answer of ram-auth, in bytes. The smallest is a refusal: nothing maps her role. */
export const PEOPLE = {
  "0.2 KB": person("Nobody", { groups: 0 }),
  "0.8 KB": person("Developer", { groups: 8, bytes: 24 }),
  "1 KB": person("Senior", { groups: 18, bytes: 24 }),
  "4 KB": person("Platform", { groups: 146, bytes: 24 }),
  "8 KB": person("Director", { groups: 256, bytes: 30 }),
  "16 KB": person("Everything", { groups: 256, bytes: 62 }),
  "32 KB": person("Twice", { groups: 256, bytes: 126 }),
} as const satisfies Readonly<Record<string, Person>>;

/** The size of an answer, as the tables write it. */
export type AnswerSize = keyof typeof PEOPLE;

/** A usual login. */
export const USUAL: AnswerSize = "0.8 KB";

/** Somebody whom STS knows and the usual rule maps, with an access key of her own. */
export function colleague(number: number): Person {
  return { ...PEOPLE[USUAL], accessKeyId: accessKeyOf(`TEAM${String(number).padStart(6, "0")}`) };
}

/** Colleagues whom STS knows. */
export const COLLEAGUES = 16;

/** Somebody whose key STS has never heard of. */
export const STRANGER: Person = { role: "Stranger", accessKeyId: accessKeyOf("STRANGER"), groups: [] };

/** The mappings, as they stand under `server:` for both servers. */
export function mappings(): string {
  const rules = mapped().map(({ role, groups }) =>
    `  - {roleARN: "${arnOf(role)}", username: "${nameOf(role)}", groups: [${groups.join(", ")}]}`
  );
  return `mapRoles:\n${rules.join("\n")}\n`;
}

/** The same as custom resources. */
export function resourceSpecs(): readonly unknown[] {
  return mapped().map(({ role, groups }) => ({ arn: arnOf(role), username: nameOf(role), groups }));
}

/** What STS says of everybody it knows, by access key. */
export function identities(): Readonly<Record<string, { Account: string; Arn: string; UserId: string }>> {
  const everybody = [...Object.values(PEOPLE), ...Array.from({ length: COLLEAGUES }, (_, i) => colleague(i))];
  return Object.fromEntries(everybody.map(({ role, accessKeyId }) => [accessKeyId, {
    Account: ACCOUNT,
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/alice@example.com`,
    UserId: "AROAEXAMPLEEXAMPLE001:alice@example.com",
  }]));
}

/** The presigned URL of a token, in which the client writes `{day}`, `{date}` and `{signature}`. */
export function tokenTemplate({ accessKeyId }: Person, host: string = STS_HOST): string {
  const region = host.split(".")[1];
  return `https://${host}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256` +
    `&X-Amz-Credential=${accessKeyId}%2F{day}%2F${region}%2Fsts%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires=60` +
    `&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Security-Token=${SECURITY_TOKEN}&X-Amz-Signature={signature}`;
}

function mapped(): readonly Person[] {
  return Object.values(PEOPLE).filter(({ groups }) => groups.length > 0);
}

function arnOf(role: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${role}`;
}

function nameOf(role: string): string {
  return `${role.toLowerCase()}:{{SessionName}}`;
}

/** @param size how many groups there are, and the bytes of each in an answer, with quotes and comma */
function person(role: string, { groups, bytes = 0 }: { readonly groups: number; readonly bytes?: number }): Person {
  const names = Array.from({ length: groups }, (_, i) => `team-${String(i).padStart(bytes - 8, "0")}`);
  return { role, groups: names, accessKeyId: accessKeyOf(role.toUpperCase()) };
}

function accessKeyOf(name: string): string {
  return `ASIA${name}`.padEnd(20, "X");
}

/** Whether a text holds what should be in no output: the start of a token, or a session token. */
export function revealsToken(text: string): boolean {
  return /k8s-aws-v1\.aHR0/.test(text) || text.includes(SECURITY_TOKEN.slice(0, 40)) || /X-Amz-Signature=/i.test(text);
}
