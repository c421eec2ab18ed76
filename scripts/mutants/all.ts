/**
 * All mutants that are tried. A row goes in for each line that decides about somebody's rights.
 *
 * @module
 */

import { APISERVER_MUTANTS } from "./apiserver.ts";
import { CREDENTIALS_MUTANTS } from "./credentials.ts";
import { DELEGATION_MUTANTS } from "./delegation.ts";
import { DOOR_MUTANTS } from "./door.ts";
import { JUDGE_MUTANTS } from "./judge.ts";
import { KUBE_MUTANTS } from "./kube.ts";
import { LIFE_MUTANTS } from "./life.ts";
import { LOOKUP_MUTANTS } from "./lookup.ts";
import type { Mutant } from "./mutant.ts";
import { RELOAD_MUTANTS } from "./reload.ts";
import { SERVER_MUTANTS } from "./server.ts";
import { STS_MUTANTS } from "./sts.ts";
import { SWAP_MUTANTS } from "./swap.ts";
import { TRUST_MUTANTS } from "./trust.ts";
import { WIRING_MUTANTS } from "./wiring.ts";

/** In the order in which they are tried. */
export const MUTANTS: readonly Mutant[] = [
  TRUST_MUTANTS,
  LOOKUP_MUTANTS,
  JUDGE_MUTANTS,
  RELOAD_MUTANTS,
  KUBE_MUTANTS,
  SERVER_MUTANTS,
  DELEGATION_MUTANTS,
  DOOR_MUTANTS,
  LIFE_MUTANTS,
  STS_MUTANTS,
  CREDENTIALS_MUTANTS,
  SWAP_MUTANTS,
  APISERVER_MUTANTS,
  WIRING_MUTANTS,
].flat();
