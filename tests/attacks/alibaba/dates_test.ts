import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { startReviewServer } from "../../support/review_server.ts";
import { dateText, encodeToken, tokenJson } from "../../support/tokens.ts";
import { assertDenied, assertTakenFor15Minutes } from "../deny.ts";
import { assertAllowed, contextOf, type DenyContext, type DenyRow, testDenied } from "./deny.ts";

const { alice } = DEMO_PRINCIPALS;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

Deno.test("T-11: a token is taken until it is 15 minutes old, and not a second longer", async () => {
  await using server = await startReviewServer();
  const { minted } = await contextOf(server);
  await assertTakenFor15Minutes(server, minted, "alice");
});

Deno.test("T-11: a token is taken from 5 minutes before its date, and not a second earlier", async () => {
  await using server = await startReviewServer();
  const mintAt = (ms: number) =>
    mintedToken(alice, { clusterId: server.clusterId, now: new Date(server.now().getTime() + ms) });
  await assertAllowed(server, await mintAt(5 * MINUTE));
  await assertDenied(server, await mintAt(5 * MINUTE + SECOND), "not_yet_valid");
  await assertDenied(server, await mintAt(365 * 24 * 60 * MINUTE), "not_yet_valid");
});

/** A token whose date is signed as it is written. */
function signedDate(what: string, change: (date: string) => string): DenyRow {
  return [what, "malformed", ({ server }) => {
    const date = change(dateText(server.now()));
    return encodeToken(tokenJson(alice, { clusterId: server.clusterId, now: server.now() }, { date }));
  }];
}

function withDate({ json }: DenyContext, value: unknown): string {
  json.headers["x-acs-date"] = value;
  return encodeToken(json);
}

testDenied("T-11: a date in another form is denied", [
  signedDate("milliseconds", (date) => date.replace("Z", ".000Z")),
  signedDate("an offset", (date) => date.replace("Z", "+00:00")),
  signedDate("no zone", (date) => date.replace("Z", "")),
  signedDate("a lower-case zone", (date) => date.replace("Z", "z")),
  signedDate("a lower-case separator", (date) => date.replace("T", "t")),
  signedDate("a space as separator", (date) => date.replace("T", " ")),
  signedDate("the basic format, as AWS writes it", (date) => date.replaceAll(/[-:]/g, "")),
  signedDate("the format of HTTP", (date) => new Date(date).toUTCString()),
  signedDate("seconds since 1970", (date) => String(Date.parse(date) / SECOND)),
  signedDate("a year of six digits", (date) => `+00${date}`),
  signedDate("a negative year", (date) => `-00${date}`),
  signedDate("digits of another script", (date) => date.replace("2", "２")),
  signedDate("an hour 24", (date) => date.replace(/T..:..:../, "T24:00:00")),
  signedDate("a leap second", (date) => date.replace(/T..:..:../, "T23:59:60")),
  signedDate("a 30th of February", (date) => date.replace(/-..-../, "-02-30")),
  signedDate("a space in front", (date) => ` ${date}`),
  signedDate("a space behind", (date) => `${date} `),
  ["a line break behind", "malformed", (context) => withDate(context, `${dateText(context.server.now())}\n`)],
  ["an empty date", "malformed", (context) => withDate(context, "")],
  ["a number", "malformed", (context) => withDate(context, 1_795_348_800)],
  ["a list of one date", "malformed", (context) => withDate(context, [dateText(context.server.now())])],
  ["no date", "malformed", ({ json }) => {
    delete json.headers["x-acs-date"];
    return encodeToken(json);
  }],
  ["no date, nor is one signed", "malformed", ({ server }) =>
    encodeToken(
      tokenJson(alice, { clusterId: server.clusterId, now: server.now() }, { headers: { "x-acs-date": undefined } }),
    )],
  ["two dates", "malformed", ({ json }) => {
    const text = JSON.stringify(json);
    return encodeToken(text.replace('"x-acs-date":', '"x-acs-date":"2026-11-22T00:00:00Z","x-acs-date":'));
  }],
  ["two dates, one escaped", "malformed", ({ json }) => {
    const text = JSON.stringify(json);
    return encodeToken(text.replace('"x-acs-date":', '"x-acs-dat\\u0065":"2026-11-22T00:00:00Z","x-acs-date":'));
  }],
  ["two dates that differ in case", "malformed", ({ json }) => {
    json.headers["X-Acs-Date"] = json.headers["x-acs-date"];
    return encodeToken(json);
  }],
  ...["-1", "99999999999", "60.0", "0x3c"].map((expiry): DenyRow => [
    `an expiry of ${expiry}, which is not for the client to choose`,
    "malformed",
    ({ server }) =>
      encodeToken(
        tokenJson(alice, { clusterId: server.clusterId, now: server.now() }, { headers: { "x-acs-expires": expiry } }),
      ),
  ]),
]);
