/**
 * Opens a page in the person's browser, by the system's own opener. It is started through the shell, the one program that
 * the permissions name.
 *
 * @module
 */

import { SHELL } from "../../clouds/credential_process.ts";

const OPENERS: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Asks for it and goes on: the opener may run for as long as its browser. It may also fail, so the URL is shown as well. */
export function openBrowser(url: string): void {
  const opener = OPENERS[Deno.build.os] ?? ["xdg-open"];
  try {
    new Deno.Command(SHELL.path, {
      args: SHELL.run([...opener, url]),
      stdin: "null",
      stdout: "null",
      stderr: "null",
      windowsRawArguments: true,
    }).spawn().unref();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.NotFound) return;
    throw cause;
  }
}
