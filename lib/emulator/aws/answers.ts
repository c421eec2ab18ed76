/**
 * The form of answers: JSON for who accepts it, else XML, each as the vendor's STS writes it.
 *
 * @module
 */

import { type Refusal, STS_ERRORS } from "./errors.ts";

/** Where the elements of every answer belong (the action's examples in the AWS STS API reference). */
const XML_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** What an element of an answer holds. */
export interface AnswerTree {
  readonly [name: string]: string | Date | AnswerTree;
}

/** The answer of an action that was done. */
export function resultAnswer(request: Headers, action: string, result: AnswerTree): Response {
  const requestId = crypto.randomUUID();
  const content = { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } };
  const json = { [`${action}Response`]: content };
  return respond(request, { status: 200, requestId, json, root: `${action}Response`, content });
}

/** The answer to a request that is refused. */
export function errorAnswer(request: Headers, { code, message }: Refusal): Response {
  const { status } = STS_ERRORS[code];
  const requestId = crypto.randomUUID();
  const type = status < 500 ? "Sender" : "Receiver";
  const content = { Error: { Type: type, Code: code, Message: message }, RequestId: requestId };
  return respond(request, { status, requestId, json: content, root: "ErrorResponse", content });
}

interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly json: AnswerTree;
  /** The element of XML that holds `content`. */
  readonly root: string;
  readonly content: AnswerTree;
}

function respond(request: Headers, { status, requestId, json, root, content }: Answer): Response {
  const [body, contentType] = acceptsJson(request)
    ? [JSON.stringify(jsonValue(json)), "application/json"]
    : [`<${root} xmlns="${XML_NAMESPACE}">${xmlElements(content)}</${root}>\n`, "text/xml"];
  return new Response(body, { status, headers: { "content-type": contentType, "x-amzn-requestid": requestId } });
}

function acceptsJson(request: Headers): boolean {
  const types = (request.get("accept") ?? "").split(",").map((range) => range.split(";")[0]!.trim());
  return types.includes("application/json");
}

/** Times are seconds since 1970 in JSON. */
function jsonValue(value: string | Date | AnswerTree): unknown {
  if (value instanceof Date) return value.getTime() / 1_000;
  if (typeof value === "string") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonValue(inner)]));
}

/** Times are ISO 8601 in XML. */
function xmlElements(tree: AnswerTree): string {
  return Object.entries(tree).map(([name, value]) => {
    if (value instanceof Date) return `<${name}>${value.toISOString().replace(".000Z", "Z")}</${name}>`;
    return `<${name}>${typeof value === "string" ? xmlText(value) : xmlElements(value)}</${name}>`;
  }).join("");
}

const XML_ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** What XML 1.0 (section 2.2) can hold in no spelling. */
const NOT_XML = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function xmlText(text: string): string {
  return text
    .replace(NOT_XML, "\ufffd")
    .replace(/[&<>"]/g, (sign) => XML_ENTITIES[sign]!)
    .replaceAll("\r", "&#13;");
}
