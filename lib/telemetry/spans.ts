/**
 * Traces, exported by Deno's own OpenTelemetry where `OTEL_DENO` asks for it. Spans that Deno makes by itself hold whole
 * URLs, and a presigned URL is a token: none is recorded, whichever command runs. Ours hold what the caller gives them.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import { VERSION } from "../version.ts";

/** What is known of a piece of work; `undefined` is left out. Never a token, a key or a signature; scrubbed already. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

/** Takes note of how long work takes. What `work` returns or throws is returned or thrown as it is. */
export interface Spans {
  /** Work that is a trace of its own, whatever else is under way and whatever trace a client says it belongs to. */
  trace<T>(name: string, work: () => T): T;
  /** A part of the work that is under way; `isCall` where it waits for another server. */
  part<T>(name: string, work: () => T, isCall?: boolean): T;
  /** Says more of the trace or part that is under way. */
  set(attributes: SpanAttributes): void;
}

/** Where nobody traces. */
export const NO_SPANS: Spans = { trace: (_, work) => work(), part: (_, work) => work(), set: () => {} };

/** This runtime traces in another way than those that were tested, so that nobody knows what it would export. */
export class TracingError extends RamAuthError {
  readonly code = "ERR_TRACING";
}

/** The part of OpenTelemetry's span in use. */
interface RuntimeSpan {
  setAttribute(key: string, value: string | number): unknown;
  setStatus(status: { readonly code: number }): unknown;
  end(): void;
}

interface RuntimeContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): RuntimeContext;
}

interface RuntimeTracer {
  startSpan(name: string, options?: { readonly kind: number; readonly root?: boolean }): RuntimeSpan;
}

/** What Deno has as `Deno.telemetry`, without types of its own. */
interface RuntimeTelemetry {
  readonly tracerProvider: { getTracer(name: string, version: string): RuntimeTracer };
  readonly contextManager: { active(): RuntimeContext; with<T>(context: RuntimeContext, work: () => T): T };
}

/** Where Deno puts its providers for `@opentelemetry/api`, those alone that the environment asks for. */
const PROVIDERS = Symbol.for("opentelemetry.js.api.1");

/** Where a context holds its span; as `@opentelemetry/api` has it. */
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

/** Kinds and status of spans, by the numbers of `@opentelemetry/api`. */
const KIND = { internal: 0, server: 1, client: 2 };
const STATUS_ERROR = 2;

/** Which signals Deno exports in this process; decided when it started, or when the binary was compiled. */
export function exportedSignals(): { readonly traces: boolean; readonly metrics: boolean } {
  const providers = (globalThis as { [PROVIDERS]?: Readonly<Record<string, unknown>> })[PROVIDERS];
  return { traces: providers?.["trace"] !== undefined, metrics: providers?.["metrics"] !== undefined };
}

let ours: Spans | undefined;

/**
 * Keeps Deno from recording spans of its own, from here on and for good, and returns what records ours; the same each
 * time, and {@linkcode NO_SPANS} where no traces are exported. Call it before the first request.
 *
 * Deno makes each of its spans by `startSpan` of the same class as ours, and gives no other way to choose among them.
 *
 * @throws {TracingError} if this Deno does not
 */
export function claimSpans(): Spans {
  return ours ??= exportedSignals().traces ? createSpans() : NO_SPANS;
}

function createSpans(): Spans {
  const { tracerProvider, contextManager } = (Deno as unknown as { telemetry: RuntimeTelemetry }).telemetry;
  // Taken before the first request: a client's context has what it says of its own trace, which goes nowhere from here.
  const outermost = contextManager.active();
  const tracer = tracerProvider.getTracer("ram-auth", VERSION);
  silenceOthers(tracer, tracerProvider.getTracer("another", VERSION));

  const run = <T>(span: RuntimeSpan, work: () => T): T => {
    const end = (isFailure: boolean) => {
      if (isFailure) span.setStatus({ code: STATUS_ERROR });
      span.end();
    };
    let result: T;
    try {
      result = contextManager.with(outermost.setValue(SPAN_KEY, span), work);
    } catch (failure) {
      end(true);
      throw failure;
    }
    if (result instanceof Promise) result.then(() => end(false), () => end(true));
    else end(false);
    return result;
  };
  return {
    trace: (name, work) => run(tracer.startSpan(name, { kind: KIND.server, root: true }), work),
    part: (name, work, isCall = false) =>
      run(tracer.startSpan(name, { kind: isCall ? KIND.client : KIND.internal }), work),
    set(attributes) {
      const span = contextManager.active().getValue(SPAN_KEY) as RuntimeSpan | undefined;
      for (const [key, value] of Object.entries(attributes)) {
        if (value !== undefined) span?.setAttribute(key, value);
      }
    },
  };
}

/** From here on every tracer but ours makes the span that Deno itself makes where nothing is to be recorded. */
function silenceOthers(tracer: RuntimeTracer, another: RuntimeTracer): void {
  const shape = Object.getPrototypeOf(tracer) as RuntimeTracer;
  const { startSpan } = shape;
  // Never ended, and so never exported.
  const Span = startSpan.call(tracer, "never ended").constructor as new (recorded: null) => RuntimeSpan;
  shape.startSpan = function (...given) {
    return this === tracer ? startSpan.apply(this, given) : new Span(null);
  };
  const { traceId } = (another.startSpan("another's") as unknown as { spanContext(): { traceId: string } })
    .spanContext();
  if (Object.getPrototypeOf(another) !== shape || !/^0+$/.test(traceId)) {
    throw new TracingError(
      `Cannot trace with Deno ${Deno.version.deno}: its own spans, which hold presigned URLs, cannot be kept back; ` +
        "set OTEL_DENO_TRACING=false",
    );
  }
}
