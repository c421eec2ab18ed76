/**
 * A holder of keys in either of the emulated clouds.
 *
 * @module
 */

import type { AlibabaPrincipal } from "./alibaba/principals.ts";
import type { AwsPrincipal } from "./aws/principals.ts";

/** One holder of keys. Its identity has the fields that its cloud's STS answers with, and so tells the cloud. */
export type Principal = AlibabaPrincipal | AwsPrincipal;

/** Whether a principal belongs to AWS. */
export function isAwsPrincipal(principal: Principal): principal is AwsPrincipal {
  return "Account" in principal.identity;
}
