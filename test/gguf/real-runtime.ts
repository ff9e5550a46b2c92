import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeEach, describe } from 'vitest'

/**
 * Tests with the real `node-llama-cpp`, which no `npm ci` brings along: it is looked for in `LLAMA_RUNTIME_DIR` and among
 * the own packages. Where it is not installed they are skipped, and in CI they fail: there somebody has to install it.
 */
export function describeWithRuntime(name: string, tests: (runtimeFolder: string) => void): void {
  const runtimeFolder = findRuntimeFolder()
  const isMissed = runtimeFolder === undefined && process.env['CI'] === 'true'
  describe.skipIf(runtimeFolder === undefined && !isMissed)(`${name} (needs node-llama-cpp)`, () => {
    beforeEach(() => {
      if (isMissed) throw new Error('node-llama-cpp is not installed: LLAMA_RUNTIME_DIR does not lead to it.')
    })
    tests(runtimeFolder ?? '')
  })
}

/** In the form in which the setting `LLAMA_RUNTIME_DIR` wants it. */
function findRuntimeFolder(): string | undefined {
  const own = createRequire(import.meta.url).resolve.paths('node-llama-cpp') ?? []
  const named = process.env['LLAMA_RUNTIME_DIR']
  const folders = [...(named === undefined ? [] : [named]), ...own.map(dirname)]
  return folders.find((folder) => existsSync(join(folder, 'node_modules/node-llama-cpp/package.json')))
}
