/**
 * What systemd is given: the unit as it stands in `manifests/`, and its user.
 *
 * @module
 */

import unit from "../../manifests/ram-auth.service" with { type: "text" };

/** The unit. */
export const UNIT: string = unit;

/** The user of the unit, as systemd-sysusers reads it (sysusers.d(5)): no colon in the name for people, no shell. */
export const SYSUSERS = 'u ram-auth - "Token webhook for kube-apiserver" /var/lib/ram-auth\n';
