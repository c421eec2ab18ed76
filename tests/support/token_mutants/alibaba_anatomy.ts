/**
 * Alibaba Cloud's tokens for the maker of mutants: JSON, with edits of it that a forger would try first.
 *
 * @module
 */

import type { Anatomy } from "./anatomy.ts";
import { mutateJson } from "./alibaba_json.ts";
import type { TextTables } from "./mutate_text.ts";

const TABLES: TextTables = {
  insertions: [
    ..."\0\t\n\r \"',:;\\/{}[]%+=&#@._-~AZaz09\x7f\x80\xa0\xc3\xff",
    "\\u0041",
    "\\n",
    "\\/",
    "%0d%0a",
    "null",
    "\r\nx-acs-action: AssumeRole",
    ',"x-acs-date":"2026-11-22T12:00:01Z"',
    '"headers":{},',
  ],
  replacements: [
    ["GetCallerIdentity", "AssumeRole"],
    ["2015-04-01", "2014-05-26"],
    ["x-acs-date;", ""],
    ["x-acs-action;x-acs-content-sha256", "x-acs-content-sha256;x-acs-action"],
    ["SignedHeaders=", "SignedHeaders=host;"],
    ["Credential=", "Credential=LTAI5tMadeUpDemoBob002,Credential="],
    [",Signature=", ", Signature="],
    ["ACS3-HMAC-SHA256", "ACS3-HMAC-SM3"],
    ["x-acs-", "X-Acs-"],
    ["ACKClusterId", "ackclusterid"],
    ['"POST"', '"GET"'],
    ['"/"', '"//"'],
    ['{"ACKClusterId"', '{"Action":"AssumeRole","ACKClusterId"'],
    ["Authorization", "authorization"],
    ["user-agent", "host"],
    ["Alice", "alice"],
    [":00Z", ":01Z"],
    ["}}", "}} "],
    ['":"', '" : "'],
    ['","', '",\n"'],
  ],
};

/** `k8s-ack-v2.` and the padded base64 of JSON. */
export const ALIBABA_ANATOMY: Anatomy = {
  ...TABLES,
  prefix: "k8s-ack-v2.",
  base64: "base64",
  mutateParts: (json, other, random) => mutateJson(json, other, TABLES, random),
};
