import { testDenied } from "./deny.ts";
import { authorized, changed, signed } from "./spoil.ts";

/** Hosts that a lax pattern takes for STS, and others that must not be asked. */
const HOSTS = [
  ...["sts.oss.aliyuncs.com", "sts.aliyuncs.com.evil.example", "sts.not-a-region.aliyuncs.com", "evil.example"],
  ...["sts.aliyuncs.com@evil.example", "sts.aliyuncs.com:8443", "169.254.169.254", "[::1]"],
];

testDenied("S-2: a host that is smuggled into a token is denied", [
  ...HOSTS.flatMap((host) => [
    changed(`the URL of ${host} as the path`, (json) => {
      json.path = `https://${host}/`;
    }),
    changed(`${host} behind two slashes`, (json) => {
      json.path = `//${host}/`;
    }),
    changed(`${host} behind an at sign`, (json) => {
      json.path = `@${host}/`;
    }),
    changed(`${host} in the request line`, (json) => {
      json.method = `POST https://${host}/ HTTP/1.1\r\nhost: ${host}\r\n\r\nPOST`;
    }),
    changed(`${host} as a header`, ({ headers }) => {
      headers["host"] = host;
    }),
    changed(`${host} as a parameter`, ({ query }) => {
      query["Endpoint"] = host;
    }),
    signed(`${host} as a signed header`, { headers: { host } }),
    authorized(`${host} behind the signature`, (text) => `${text}\r\nhost: ${host}`),
  ]),
]);

testDenied("S-2: a malformed pair is denied, not dropped", [
  ...["%gh", "%", "a;b", ";", "ACKClusterId;", "ACKClusterId=", "&ACKClusterId", "ACKClusterId%00", "+ACKClusterId"]
    .map(
      (name) =>
        changed(`the parameter ${JSON.stringify(name)}`, ({ query }) => {
          query[name] = "c-other";
        }),
    ),
  ...["x-acs-date;", "x-acs-%64ate", "x-acs-date:", "", " ", "\r\n", "x-acs-date\0"].map((name) =>
    changed(`the header ${JSON.stringify(name)}`, ({ headers }) => {
      headers[name] = "2026-11-22T12:00:00Z";
    })
  ),
]);
