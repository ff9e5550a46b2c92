import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chromiumPath } from './chromium-path.ts'

/**
 * Before the browser tests: builds the page, so that they see the sources as they are, and unpacks the browser, because
 * several test files that did so at once would start a half-written one.
 */
export async function setup(): Promise<void> {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  execFileSync(process.execPath, ['launch.mjs', 'build'], { cwd: root, stdio: 'inherit' })
  await chromiumPath()
}
