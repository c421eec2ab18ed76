/**
 * Sends TokenReviews to a server and measures what its clients see. A process of its own that is not Deno.
 *
 * The first line of standard input is the plan (`LoadPlan` in ../load.ts), each other one a command: {"phase": name} or
 * {"stop": true}. It prints {"ready": true} once it is warm, and its result at the end.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createHttp1 } from "./http1.mjs";
import { createHttp2 } from "./http2.mjs";

/** Linux counts CPU time in hundredths of a second. */
const MS_PER_TICK = 10;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const plan = JSON.parse((await lines.next()).value);
const { hostname: host, port, pathname: path } = new URL(plan.url);
const create = plan.protocol === "h2" ? createHttp2 : createHttp1;
const client = create(
  { host, port: Number(port), ca: plan.ca },
  { path, headers: { "content-type": "application/json", accept: "application/json" }, connections: plan.connections },
);

let stopped = false;
let sent = 0;
const phases = [];
let phase = newPhase("warm-up");

const dateNow = () => new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
let now = dateNow();
setInterval(() => now = dateNow(), 1_000).unref();

/** The tokens that are used again have one date. */
const firstDate = plan.signedAt ?? now;

function nextToken() {
  const number = sent++;
  const template = plan.templates[number % plan.templates.length];
  const isNew = plan.distinct === 0;
  const signature = isNew
    ? randomBytes(32).toString("hex")
    : plan.signatureSeed + (number % plan.distinct).toString(16).padStart(32, "0");
  const date = isNew ? now : firstDate;
  const url = template.replace("{day}", date.slice(0, 8)).replace("{date}", date).replace("{signature}", signature);
  return `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
}

/** The body of a request, its own headers, and by what one knows that somebody got in. */
const ASKS = {
  webhook: {
    body: (token) => `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"${token}"}}`,
    headers: () => plan.webhookHeaders,
    isIn: ({ body }) => /"authenticated": ?true/.test(body),
  },
  apiserver: {
    body: () => '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
    headers: (token) => ({ authorization: `Bearer ${token}` }),
    isIn: ({ status }) => status === 201,
  },
};
const asks = ASKS[plan.asks ?? "webhook"];

/** @param due when it was to be sent: waiting for a free connection counts */
async function review(due) {
  const into = phase;
  into.sent += 1;
  try {
    const token = nextToken();
    const answer = await client.post(asks.body(token), plan.timeoutMs, asks.headers(token));
    into.latencies.push(performance.now() - due);
    into.codes[answer.status] = (into.codes[answer.status] ?? 0) + 1;
    if (asks.isIn(answer)) into.authenticated += 1;
    into.bytes = answer.body.length;
  } catch (error) {
    into.errors[error.message] = (into.errors[error.message] ?? 0) + 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** So many at a time, each sent as the one before is answered. */
async function keepInFlight(count, isOver) {
  await Promise.all(Array.from({ length: count }, async () => {
    while (!isOver()) await review(performance.now());
  }));
}

/** So many a second, whether or not those before are answered. */
async function keepRate(rate, isOver) {
  const start = performance.now();
  const open = new Set();
  for (let i = 0; !isOver(); i += 1) {
    const due = start + i * 1_000 / rate;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    const one = review(due).finally(() => open.delete(one));
    open.add(one);
    if (i % 64 === 63) await new Promise(setImmediate);
  }
  await Promise.all(open);
}

function newPhase(name) {
  return {
    name,
    startedAt: performance.now(),
    cpuAtStart: cpu(),
    sent: 0,
    latencies: [],
    codes: {},
    authenticated: 0,
    errors: {},
    bytes: 0,
  };
}

/** CPU milliseconds so far of each watched process and of this one. */
function cpu() {
  const { user, system } = process.cpuUsage();
  const watched = Object.entries(plan.pids).map(([name, pid]) => [name, cpuOf(pid)]);
  return { ...Object.fromEntries(watched), load: (user + system) / 1_000 };
}

function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /, "").split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return NaN;
  }
}

/** What is sent from now on is of another phase; what is not answered yet still counts in its own. */
function enter(name) {
  phase.endedAt = performance.now();
  phase.cpuAtEnd = cpu();
  phase = newPhase(name);
  phases.push(phase);
}

function summary({ startedAt, endedAt, cpuAtStart, cpuAtEnd, latencies, name: _, ...counts }) {
  const seconds = (endedAt - startedAt) / 1_000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  return {
    seconds,
    ...counts,
    answered: sorted.length,
    rate: sorted.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
    cpuMs: Object.fromEntries(Object.entries(cpuAtEnd).map(([name, ms]) => [name, ms - cpuAtStart[name]])),
  };
}

const drive = (isOver) => plan.rate === undefined ? keepInFlight(plan.inFlight, isOver) : keepRate(plan.rate, isOver);
if (plan.warmUpSeconds > 0) {
  const warmUntil = performance.now() + plan.warmUpSeconds * 1_000;
  await drive(() => performance.now() >= warmUntil);
}
enter("all");
console.log(JSON.stringify({ ready: true }));
(async () => {
  for await (const line of lines) {
    const command = JSON.parse(line);
    if (command.phase !== undefined) enter(command.phase);
    if (command.stop) break;
  }
  stopped = true;
})();
const until = plan.seconds === undefined ? Infinity : performance.now() + plan.seconds * 1_000;
const most = plan.requests === undefined ? Infinity : sent + plan.requests;
await drive(() => stopped || performance.now() >= until || sent >= most);
enter("rest");
phases.pop();
client.close();
console.log(JSON.stringify(Object.fromEntries(phases.map((ended) => [ended.name, summary(ended)]))));
process.exit(0);
