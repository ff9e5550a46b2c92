import { execFileSync, spawnSync } from 'node:child_process'

/** Whether this machine has `prlimit` (util-linux), with which a running process can be kept from writing to files. */
export const canLimitFileSize = spawnSync('prlimit', ['--version']).status === 0

/**
 * Lets a running process write to no file any more, or to all again. Every write then fails as on a disk without room;
 * only the error's name is another one (EFBIG). Pipes and sockets are not touched.
 */
export function limitFileSize(pid: number, limit: 'nothing' | 'unlimited'): void {
  // The soft limit alone: whoever set it may lift it.
  const range = limit === 'nothing' ? '0:' : 'unlimited:'
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${range}`])
}
