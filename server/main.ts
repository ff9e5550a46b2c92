import { fileURLToPath } from 'node:url'
import { storageFailure } from './adapters/sql/storage-failure.ts'
import { MillraceError } from './domain/errors.ts'
import { readEnvironment, readSettings } from './config.ts'
import { surviveUnwritableOutput } from './logger.ts'

/** Third argument of a worker that a supervisor starts for last attempts. */
const LONE = 'lone'
const USAGE = 'Usage: node server/main.ts [all|api|worker]'

surviveUnwritableOutput()
process.exit(await main(process.argv.slice(2)))

/** Starts one role and resolves with its exit code; what a person can mend is said in one line. */
async function main([role = 'all', workerId, kind]: string[]): Promise<number> {
  const read = readSettings(readEnvironment())
  if (!read.ok) {
    for (const problem of read.problems) process.stderr.write(`${problem}\n`)
    return 1
  }
  const { settings } = read
  try {
    switch (role) {
      case 'all': {
        const { runAllRole } = await import('./roles/all-role.ts')
        return await runAllRole(settings, fileURLToPath(import.meta.url))
      }
      case 'api': {
        const { runApiRole } = await import('./roles/api-role.ts')
        return await runApiRole(settings)
      }
      case 'worker': {
        const id = workerId ?? `worker-${process.pid}-${Date.now()}`
        if (kind === LONE) {
          const { runLoneWorkerRole } = await import('./roles/lone-worker-role.ts')
          return await runLoneWorkerRole(settings, id)
        }
        const { runWorkerRole } = await import('./roles/worker-role.ts')
        return await runWorkerRole(settings, id, fileURLToPath(import.meta.url), kind === 'standby')
      }
      default:
        process.stderr.write(`${USAGE}\n`)
        return 1
    }
  } catch (error) {
    process.stderr.write(`${explain(error, settings.dataDir)}\n`)
    return 1
  }
}

/** What a person can mend, in a sentence; throws what is a fault of ours. */
function explain(error: unknown, dataDir: string): string {
  if (error instanceof MillraceError) return error.message
  if (!storageFailure(error)) throw error
  return `The data folder ${dataDir} cannot be written (${(error as Error).message}): its disk is full, over its quota, read-only or broken. Mend that, or set DATA_DIR to a folder on another disk.`
}
