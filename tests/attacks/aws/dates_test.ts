import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { awsDate, awsToken } from "../../support/aws_tokens.ts";
import { assertDenied, assertTakenFor15Minutes } from "../deny.ts";
import {
  assertAllowed,
  changed,
  contextOf,
  type DenyRow,
  optionsFor,
  signed,
  startAwsServer,
  testDenied,
  withPair,
} from "./deny.ts";

const { dave } = DEMO_AWS_PRINCIPALS;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

Deno.test("T-11: a token is taken until it is 15 minutes old, and not a second longer", async () => {
  await using server = await startAwsServer();
  const { minted } = await contextOf(server);
  await assertTakenFor15Minutes(server, minted, "dave");
  server.advance(365 * DAY);
  await assertDenied(server, minted, "expired");
});

Deno.test("T-11: a token is taken from 5 minutes before its date, and not a second earlier", async () => {
  await using server = await startAwsServer();
  const signedIn = (ms: number) =>
    awsToken(dave, { ...optionsFor(server), now: new Date(server.now().getTime() + ms) });
  await assertAllowed(server, signedIn(5 * MINUTE));
  await assertDenied(server, signedIn(5 * MINUTE + SECOND), "not_yet_valid");
  await assertDenied(server, signedIn(365 * DAY), "not_yet_valid");
});

Deno.test("T-11: how long a token says that it is good for makes its life neither longer nor shorter", async () => {
  await using server = await startAwsServer();
  const { options, ...context } = await contextOf(server);
  const [short, long] = ["1", "900"].map((expiry) =>
    signed(expiry, { query: { "X-Amz-Expires": expiry } })[2]({ options, ...context })
  );
  server.advance(15 * MINUTE);
  await assertAllowed(server, short!);
  await assertAllowed(server, long!);
  server.advance(SECOND);
  await assertDenied(server, short!, "expired");
  await assertDenied(server, long!, "expired");
});

/** A token whose date is signed as it is written. */
function signedDate(what: string, change: (date: string) => string): DenyRow {
  return signed(what, ({ options }) => ({ query: { "X-Amz-Date": change(awsDate(options.now)) } }));
}

testDenied("T-11: a date in another form is denied, however well it is signed", [
  signedDate("milliseconds", (date) => date.replace("Z", ".000Z")),
  signedDate("an offset", (date) => date.replace("Z", "+0000")),
  signedDate("no zone", (date) => date.replace("Z", "")),
  signedDate("a lower-case zone", (date) => date.replace("Z", "z")),
  signedDate("a lower-case separator", (date) => date.replace("T", "t")),
  signedDate("a space as separator", (date) => date.replace("T", " ")),
  signedDate(
    "the extended format, as Alibaba Cloud writes it",
    (date) => date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  ),
  signedDate("the format of HTTP", () => "Sun, 22 Nov 2026 12:00:00 GMT"),
  signedDate("seconds since 1970", () => "1795348800"),
  signedDate("a day alone", (date) => date.slice(0, 8)),
  signedDate("a year of six digits", (date) => `+00${date}`),
  signedDate("a negative year", (date) => `-${date}`),
  signedDate("a digit of another script", (date) => date.replace("2", "２")),
  signedDate("an hour 24", (date) => date.replace(/T..../, "T2400")),
  signedDate("a minute 60", (date) => date.replace(/T..../, "T1260")),
  signedDate("a leap second", (date) => date.replace(/T....../, "T235960")),
  signedDate("a 30th of February", (date) => `${date.slice(0, 4)}0230${date.slice(8)}`),
  signedDate("a 29th of February in a year that has none", (date) => `20270229${date.slice(8)}`),
  signedDate("a month 13", (date) => `${date.slice(0, 4)}1301${date.slice(8)}`),
  signedDate("a day 0", (date) => `${date.slice(0, 6)}00${date.slice(8)}`),
  signedDate("a space in front", (date) => ` ${date}`),
  signedDate("a space behind", (date) => `${date} `),
  signedDate("a line break behind", (date) => `${date}\n`),
  signedDate("two dates", (date) => `${date},${date}`),
  signedDate("an empty date", () => ""),
  signed("no date", { query: { "X-Amz-Date": undefined } }),
  changed("two dates, the first another", (pairs) => ["X-Amz-Date=20200101T000000Z", ...pairs]),
  changed("two dates, the last another", (pairs) => [...pairs, "X-Amz-Date=20200101T000000Z"]),
  changed(
    "two dates that differ in case",
    (pairs) => [...pairs, pairs.find((pair) => pair.startsWith("X-Amz-Date="))!.replace("X-Amz-Date", "x-amz-date")],
  ),
  changed(
    "a date of another day than the scope's",
    (pairs) => withPair(pairs, "X-Amz-Date", "X-Amz-Date=20200101T000000Z"),
  ),
]);
