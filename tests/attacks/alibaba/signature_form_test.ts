import { testDenied } from "./deny.ts";
import { authorized, changed, signed } from "./spoil.ts";

const NAMES = ["x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"];

testDenied("T-09: a signature whose list lacks a name, or only seems to hold it, is denied", [
  ...NAMES.flatMap((name) => [
    authorized(`no ${name}`, (text) => text.replace(new RegExp(`${name};|;${name}(?=,)`), "")),
    authorized(`${name} as part of a longer name`, (text) => text.replace(name, `x-${name}`)),
    authorized(`${name} with more behind it`, (text) => text.replace(name, `${name}-x`)),
    authorized(`${name} with its last letter gone`, (text) => text.replace(name, name.slice(0, -1))),
    authorized(`${name} with a space in front`, (text) => text.replace(name, ` ${name}`)),
    authorized(`${name} with a space behind`, (text) => text.replace(name, `${name} `)),
    authorized(`${name} in upper case`, (text) => text.replace(name, name.toUpperCase())),
    authorized(`${name} with its first letter in upper case`, (text) => text.replace(name, `X${name.slice(1)}`)),
    signed(`${name} neither signed nor sent`, { headers: { [name]: undefined } }),
  ]),
  authorized("a comma between two names", (text) => text.replace("x-acs-action;", "x-acs-action,")),
  authorized("a list in quotes", (text) => text.replace(/SignedHeaders=([^,]+)/, 'SignedHeaders="$1"')),
  authorized("a list that is encoded", (text) => text.replaceAll(";", "%3B")),
  authorized("a name that is not sent", (text) => text.replace("x-acs-version", "x-acs-version;x-acs-zone")),
  changed("a header that the list does not hold", ({ headers }) => {
    headers["x-acs-zone"] = "made up";
  }),
]);

testDenied("T-11c: a signature that is not 64 lower-case hex digits is denied", [
  ...([
    ["of 63 digits", (hex) => hex.slice(1)],
    ["of 65 digits", (hex) => `${hex}0`],
    ["of 128 digits", (hex) => hex + hex],
    ["with a letter in upper case", (hex) => `A${hex.slice(1)}`],
    ["with a letter behind f", (hex) => `g${hex.slice(1)}`],
    ["that starts with 0x", (hex) => `0x${hex.slice(2)}`],
    ["with a minus sign", (hex) => `-${hex.slice(1)}`],
    ["with a space in front", (hex) => ` ${hex}`],
    ["with a space in place of a digit", (hex) => ` ${hex.slice(1)}`],
    ["with a line break behind", (hex) => `${hex}\n`],
    ["with a zero byte behind", (hex) => `${hex}\0`],
    ["with a full-width digit", (hex) => `１${hex.slice(1)}`],
    ["with an encoded digit", (hex) => `%30${hex.slice(1)}`],
    ["in quotes", (hex) => `"${hex}"`],
    ["in base64", (hex) => Uint8Array.fromHex(hex).toBase64()],
    ["of zero digits", () => ""],
  ] as ReadonlyArray<readonly [string, (hex: string) => string]>).map(([what, change]) =>
    authorized(`one ${what}`, (text) => text.replace(/[0-9a-f]{64}$/, change))
  ),
]);
