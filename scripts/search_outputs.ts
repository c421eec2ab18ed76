/**
 * Searches what tests kept of the program's outputs (`tests/support/outputs/keep_output.ts`) for what must never be written: tokens,
 * signatures, keys, security tokens, and anything of an account that is scrubbed.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../lib/emulator/aws/principals.ts";
import { SCRUBBED_TEXTS } from "../tests/support/outputs/scrubbed_person.ts";

/** What was found, with what stands around it. */
export interface Leak {
  readonly what: string;
  readonly context: string;
}

/** What a search comes to. */
export interface Search {
  readonly bytes: number;
  readonly leaks: readonly Leak[];
}

/** Shorter ones are made up in messages and tests of malformed ones. */
const MIN_CHARS = 24;

const TEXTS = [
  ...[...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS)].flatMap((one) => [
    ["an access key secret", one.accessKeySecret] as const,
    ...("securityToken" in one ? [["a security token", one.securityToken] as const] : []),
  ]),
  ...SCRUBBED_TEXTS.map((text) => ["something of a scrubbed account", text] as const),
];

const FORMS: readonly (readonly [what: string, form: RegExp])[] = [
  ["a token", new RegExp(`k8s-(?:ack|aws)-v\\d\\.[\\w+/=-]{${MIN_CHARS}}`, "g")],
  // "https://sts" and "k8s-a" once more in base64.
  ["the content of a token", new RegExp(`(?:aHR0cHM6Ly9zdHM|azhzLWF)[\\w+/=-]{${MIN_CHARS}}`, "g")],
  ["a signature", /\bX-Amz-Signature=[0-9a-f]{16}/gi],
  ["a signature", /\bSignature["']?(?:=|: ?)["']?(?:[0-9a-f]{64}|[A-Za-z0-9+/%]{27,}(?:=|%3D))/g],
  ["a security token", /\b(?:X-Amz-Security-Token|SecurityToken|x-acs-security-token)["']?(?:=|: ?)["']?[\w%+/]{12}/gi],
  ["an access key secret", /MadeUp\w*SecretOf[A-Z]\w+/g],
  ["a private key", /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----/g],
];

/** How much is shown before and after what was found. */
const CONTEXT_CHARS = 150;

/** Searches every file in a folder. */
export async function searchOutputs(folder: string): Promise<Search> {
  const leaks: Leak[] = [];
  let bytes = 0;
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    bytes += text.length;
    leaks.push(...leaksIn(text));
  }
  return { bytes, leaks };
}

/** Everything in a text that must not be there. */
export function leaksIn(text: string): Leak[] {
  const found = [
    ...FORMS.flatMap(([what, form]) => Array.from(text.matchAll(form), ({ index }) => ({ what, index }))),
    ...TEXTS.map(([what, part]) => ({ what, index: text.indexOf(part) })).filter(({ index }) => index !== -1),
  ];
  return found.map(({ what, index }) => ({
    what,
    context: text.slice(Math.max(0, index - CONTEXT_CHARS), index + CONTEXT_CHARS),
  }));
}
