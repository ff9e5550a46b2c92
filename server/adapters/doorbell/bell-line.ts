import type { Readable } from 'node:stream'
import type { Bell } from '#server/ports/doorbell.ts'

/** A ring is one line: `log`, `jobs`, `models`, `cancel <generation id>` or `changes <user id>`. */
export function encodeBell(bell: Bell): string {
  if (bell.kind === 'cancel') return `cancel ${bell.generationId}\n`
  return bell.kind === 'changes' ? `changes ${bell.userId}\n` : `${bell.kind}\n`
}

/**
 * Reads rings from a stream. Equal rings that arrived together are heard once: a bell says that there is something to
 * look at, not how much.
 */
export function decodeBells(stream: Readable, hear: (bell: Bell) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of new Set(lines)) {
      const bell = decodeBell(line)
      if (bell) hear(bell)
    }
  })
}

function decodeBell(line: string): Bell | undefined {
  const [kind, id] = line.split(' ')
  if (kind === 'log' || kind === 'jobs' || kind === 'models') return { kind }
  if (kind === 'cancel' && id) return { kind, generationId: id }
  if (kind === 'changes' && id) return { kind, userId: id }
  return undefined
}
