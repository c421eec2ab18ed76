import { rewritten, testDenied } from "./deny.ts";

const PLACES = [
  ["in front", (url: string, text: string) => text + url],
  ["in the scheme", (url: string, text: string) => url.replace("htt", `htt${text}`)],
  ["before the host", (url: string, text: string) => url.replace("://", `://${text}`)],
  ["in the host", (url: string, text: string) => url.replace("127.", `127.${text}`)],
  ["before the query", (url: string, text: string) => url.replace("/?", `/${text}?`)],
  ["in the query", (url: string, text: string) => url.replace("&X-Amz-Date", `${text}&X-Amz-Date`)],
  ["behind", (url: string, text: string) => url + text],
] as const;

testDenied("T-07: what the platform's URL passes over in silence is denied", [
  ...["\t", "\n", "\r", "\r\n", " ", "\0", "\x7f", "\\", "#", "\u200b", "\ufeff", "\u00a0", "\u2028", "é"].flatMap((
    text,
  ) => PLACES.map(([where, put]) => rewritten(`${JSON.stringify(text)} ${where}`, (url) => put(url, text)))),
  rewritten("a fragment", (url) => `${url}#Action=AssumeRole`),
  rewritten("a fragment before the query", (url) => url.replace("/?", "/#?")),
]);

testDenied("T-07: a user in the URL is denied", [
  rewritten("a name", (url) => url.replace("://", "://dave@")),
  rewritten("a name and a password", (url) => url.replace("://", "://dave:MadeUp@")),
  rewritten("an empty name", (url) => url.replace("://", "://@")),
  rewritten("our host as the name", (url) => url.replace("/?", "@evil.example/?")),
  rewritten("another host as the name", (url) => url.replace("://", "://sts.amazonaws.com@")),
  rewritten("an encoded at sign", (url) => url.replace("://", "://dave%40")),
]);

testDenied("T-07: the path can only be a slash", [
  ...["", "//", "/./", "/../", "/abc", "/%2e/", "/%2F", "/.", "/index.html", "/;x", "\\", "/\\", "/*", "/:", "/／"].map(
    (path) => rewritten(JSON.stringify(path), (url) => url.replace("/?", `${path}?`)),
  ),
  rewritten("no query", (url) => url.replace(/\?.*/, "")),
  rewritten("an empty query", (url) => url.replace(/\?.*/, "?")),
  rewritten("two question marks", (url) => url.replace("/?", "/??")),
  rewritten("the query as the path", (url) => url.replace("/?", "/")),
  rewritten("an encoded question mark", (url) => url.replace("/?", "/%3F")),
]);

testDenied("T-07: the scheme can only be https, written so", [
  ...[
    "http:",
    "HTTPS:",
    "Https:",
    "https",
    "httpss:",
    "ftp:",
    "wss:",
    "file:",
    "javascript:",
    "data:",
    "blob:https:",
    "view-source:https:",
    "",
  ]
    .map((scheme) => rewritten(JSON.stringify(scheme), (url) => url.replace("https:", scheme))),
  ...["https:/", "https:", "https:///", "https:\\\\", "https:/\\", "//", "https%3A//"].map((start) =>
    rewritten(JSON.stringify(start), (url) => url.replace("https://", start))
  ),
]);

testDenied("T-07: anything but one URL is denied", [
  rewritten("nothing but a host", (_url, { options }) => options.host),
  rewritten("the URL twice", (url) => url + url),
  rewritten("two lines", (url) => `${url}\n${url}`),
  rewritten("a request line", (url) => `GET ${url} HTTP/1.1`),
  rewritten("angle brackets", (url) => `<${url}>`),
  rewritten("quotes", (url) => JSON.stringify(url)),
  rewritten("JSON", (url) => JSON.stringify({ url })),
  rewritten("half of it", (url) => url.slice(0, url.length / 2)),
  rewritten("UTF-16", (url) => new Uint8Array(Uint16Array.from(url, (sign) => sign.charCodeAt(0)).buffer)),
  rewritten("bytes that are not UTF-8", (url) => {
    const bytes = new TextEncoder().encode(url);
    bytes[20] = 0xff;
    return bytes;
  }),
  rewritten(
    "a letter with its high bit set",
    (url) => new TextEncoder().encode(url).map((byte, i) => i === 9 ? byte | 0x80 : byte),
  ),
]);
