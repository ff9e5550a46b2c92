import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Builds the page before the browser tests, so that they see the sources as they are. */
export function setup(): void {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  execFileSync(process.execPath, ['launch.mjs', 'build'], { cwd: root, stdio: 'inherit' })
}
