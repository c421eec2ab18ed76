import { encodeToken, type TokenJson } from "../../support/tokens.ts";
import type { DenyReason } from "../deny.ts";
import { type DenyRow, testDenied } from "./deny.ts";
import { authorized, changed, rewritten } from "./spoil.ts";

/** Every text that must be there, and why the token is denied if it is empty. */
const NEEDED: ReadonlyArray<readonly [key: string, of: (json: TokenJson) => Record<string, unknown>, DenyReason]> = [
  ["ACKClusterId", ({ query }) => query, "wrong_cluster"],
  ...["Authorization", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-version"].map((key) =>
    [key, ({ headers }: TokenJson) => headers, "malformed"] as const
  ),
];

testDenied("T-04: a value twice is denied, though both say the same", [
  ...[...NEEDED.map(([key]) => key), "clusterId", "method", "path", "user-agent"].map((key) =>
    rewritten(`${key} twice`, (text) => text.replace(new RegExp(`"${key}":"[^"]*"`), "$&,$&"))
  ),
  rewritten("the query twice", (text) => text.replace(/"query":\{[^}]*\}/, "$&,$&")),
  rewritten("the headers twice", (text) => text.replace(/"headers":\{[^}]*\}/, "$&,$&")),
  authorized("the credential twice", (text) => text.replace(/Credential=[^,]+,/, "$&$&")),
  authorized("the signature twice", (text) => text.replace(/,Signature=[^,]+/, "$&$&")),
]);

testDenied("T-04: a value that is empty or missing is denied", [
  ...NEEDED.flatMap(([key, of, reason]): DenyRow[] => [
    [`an empty ${key}`, reason, ({ json }) => {
      of(json)[key] = "";
      return encodeToken(json);
    }],
    changed(`no ${key}`, (json) => {
      delete of(json)[key];
    }),
  ]),
  ...["method", "path"].map((key) =>
    changed(`an empty ${key}`, (json) => {
      json[key] = "";
    })
  ),
  ...["query", "headers"].flatMap((key) => [
    changed(`an empty ${key}`, (json) => {
      json[key] = {};
    }),
    changed(`no ${key}`, (json) => {
      delete json[key];
    }),
  ]),
  changed("an empty security token, which is not signed", ({ headers }) => {
    headers["x-acs-security-token"] = "";
  }),
  // Its signature says that it covers a security token: nothing but the empty value is wrong.
  ["an empty security token, which is signed", "malformed", ({ stsJson }) => {
    stsJson.headers["x-acs-security-token"] = "";
    return encodeToken(stsJson);
  }],
  ...["Credential", "SignedHeaders", "Signature"].flatMap((name) => [
    authorized(`an empty ${name}`, (text) => text.replace(new RegExp(`${name}=[^,]+`), `${name}=`)),
    authorized(`${name} without its equals sign`, (text) => text.replace(`${name}=`, name)),
    authorized(`no ${name}`, (text) => text.replace(new RegExp(`,?${name}=[^,]+`), "")),
  ]),
]);
