import { pino } from 'pino'
import type { Logger } from '#server/domain/logger.ts'
import type { Settings } from '#server/domain/settings.ts'

/** What a log that cannot be written may hold in memory. */
const MAX_UNWRITTEN_BYTES = 64 * 1024

/** Logs to standard output. Where that is a file on a full disk lines are lost, and nothing else. */
export function createLogger(level: Settings['logLevel'], name: string): Logger {
  const destination = pino.destination({ fd: 1, sync: true, maxLength: MAX_UNWRITTEN_BYTES })
  destination.on('error', ignore)
  return pino({ level, name }, destination)
}

/** Keeps this process alive when what it prints cannot be written: a full disk or a closed terminal is no fault of its work. */
export function surviveUnwritableOutput(): void {
  process.stdout.on('error', ignore)
  process.stderr.on('error', ignore)
}

const ignore = (): void => {}
