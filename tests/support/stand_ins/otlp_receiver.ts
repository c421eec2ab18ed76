/**
 * A collector of tests: a loopback server that takes OTLP over HTTP, keeps every byte, and reads what is JSON.
 *
 * @module
 */

import { keepOutput } from "../outputs/keep_output.ts";

/** A span as it arrived. */
export interface ReceivedSpan {
  readonly scope: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where it has none. */
  readonly parentSpanId: string;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** A value of a metric as it arrived. */
export interface ReceivedValue {
  readonly name: string;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** One that runs. */
export interface OtlpReceiver extends AsyncDisposable {
  /** Variables of a program that exports to it, soon. */
  readonly env: Readonly<Record<string, string>>;
  /** The paths that were posted to, one for each request. */
  readonly paths: readonly string[];
  /** Every byte of every request, head and body, a character each. */
  received(): string;
  /** The spans in what was JSON. */
  spans(): readonly ReceivedSpan[];
  /** Values of the metrics of ram-auth in the newest of what was JSON. */
  values(): readonly ReceivedValue[];
}

interface Point {
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly attributes: readonly Attribute[];
}
interface Metrics {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string };
      readonly metrics: readonly {
        readonly name: string;
        readonly sum?: { readonly dataPoints: readonly Point[] };
        readonly gauge?: { readonly dataPoints: readonly Point[] };
      }[];
    }[];
  }[];
}
type Attribute = { readonly key: string; readonly value: Value };
type Value = { readonly stringValue?: string; readonly intValue?: string; readonly doubleValue?: number };
interface Traces {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly (Omit<ReceivedSpan, "attributes" | "isError" | "scope"> & {
        readonly status: { readonly code?: number };
        readonly attributes: readonly Attribute[];
      })[];
    }[];
  }[];
}

/** Starts one. `protocol` is what the program is told to send. */
export function startOtlpReceiver(protocol: "http/json" | "http/protobuf" = "http/json"): OtlpReceiver {
  const paths: string[] = [];
  const spans: ReceivedSpan[] = [];
  let received = "";
  let values: ReceivedValue[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const body = await request.bytes();
    const { pathname } = new URL(request.url);
    paths.push(pathname);
    keepOutput(body);
    received += [...request.headers].join("\n") + Array.from(body, (byte) => String.fromCharCode(byte)).join("");
    const type = request.headers.get("content-type") ?? "";
    if (type !== "application/json") return new Response(null, { headers: { "content-type": type } });
    if (pathname === "/v1/traces") spans.push(...readSpans(JSON.parse(new TextDecoder().decode(body))));
    if (pathname === "/v1/metrics") values = readValues(JSON.parse(new TextDecoder().decode(body)));
    return Response.json({});
  });
  return {
    env: exportTo(`http://127.0.0.1:${server.addr.port}`, protocol),
    paths,
    received: () => received,
    spans: () => spans,
    values: () => values,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Variables of a program that exports soon to a collector. */
export function exportTo(endpoint: string, protocol = "http/json"): Readonly<Record<string, string>> {
  return {
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_BSP_SCHEDULE_DELAY: "100",
    OTEL_BSP_EXPORT_TIMEOUT: "2000",
    OTEL_METRIC_EXPORT_INTERVAL: "300",
  };
}

function readSpans({ resourceSpans }: Traces): ReceivedSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ scope, spans }) =>
    spans.map(({ name, traceId, spanId, parentSpanId, status, attributes }) => ({
      scope: scope.name,
      name,
      traceId,
      spanId,
      parentSpanId,
      isError: status.code === 2,
      attributes: readAttributes(attributes),
    }))
  );
}

function readValues({ resourceMetrics }: Metrics): ReceivedValue[] {
  return resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)
    .filter(({ scope }) => scope.name === "ram-auth")
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ name, sum, gauge }) =>
      (sum ?? gauge)!.dataPoints.map(({ asDouble, asInt, attributes }) => ({
        name,
        value: asDouble ?? Number(asInt),
        attributes: readAttributes(attributes),
      }))
    );
}

function readAttributes(attributes: readonly Attribute[]): Readonly<Record<string, string | number>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ stringValue, intValue, doubleValue }: Value): string | number {
  return stringValue ?? (intValue === undefined ? doubleValue! : Number(intValue));
}
