import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startApp } from '../app/start-app.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/^```sh run\n(.*?)^```/gms)].map((match) => match[1] ?? '')
const hasCurl = spawnSync('curl', ['--version']).status === 0

// A machine that checks changes has curl; there the examples must not go unrun.
test.skipIf(!hasCurl && !process.env.CI)(
  'the curl examples of the README do what they say',
  { timeout: 180_000 },
  async () => {
    expect(examples.length).toBeGreaterThan(3)
    await using app = await startApp()
    const outputs = await runInOneShell(
      examples.map((example) => example.replaceAll('http://localhost:8000', app.baseUrl)),
    )
    for (const [index, example] of examples.entries()) {
      const promised = [...example.matchAll(/^# → (.+)$/gm)].map((match) => match[1])
      expect(promised).not.toEqual([])
      for (const words of promised) expect(outputs[index]).toContain(words)
    }
  },
)

/** Runs the scripts one after another, with the variables of the earlier ones, and returns what each printed. */
async function runInOneShell(scripts: string[]): Promise<string[]> {
  const separator = '--- next example ---'
  const script = scripts.join(`\necho '${separator}'\n`)
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { timeout: 135_000 })
  return stdout.split(separator)
}
