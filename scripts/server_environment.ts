/**
 * The environment that ships with the server, in its unit and its pods: what only the environment can set.
 *
 * @module
 */

/**
 * Has the C library give memory back that was freed (mallopt(3)). By itself it keeps most of what many connections took:
 * a freed block of 64 KB or more raises the size above which the next ones are the system's again, up to 32 MB.
 */
export const SERVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_TRIM_THRESHOLD_: "65536",
};
