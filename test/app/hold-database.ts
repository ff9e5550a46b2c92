import { spawn } from 'node:child_process'
import { once } from 'node:events'

const HOLD = `
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(process.argv[1], { timeout: 5000 })
  database.exec('BEGIN EXCLUSIVE')
  process.stdout.write('held')
  process.stdin.on('end', () => database.close()).resume()
`

/** Another program that keeps the database locked, as a backup or a person with a shell might; `release` ends it. */
export async function holdDatabase(file: string): Promise<{ release(): Promise<void> }> {
  const holder = spawn(process.execPath, ['-e', HOLD, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  return {
    async release() {
      const gone = once(holder, 'exit')
      holder.stdin.end()
      await gone
    },
  }
}
