import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { openEmbeddedBackend, type EmbeddedBackend } from './embedded-backend.ts'
import { migrateEmbedded } from './migrate.ts'

export interface BackendForTests extends EmbeddedBackend {
  file: string
  newId(): string
  /** Moves the clock of all its processes. */
  advance(milliseconds: number): void
  now(): number
  /** Commits that added events, of the first process. */
  commits(): number
  /** The backend as another process has it open; always the same one. */
  another(): Promise<EmbeddedBackend>
}

/** A fresh database in a folder of its own, with the real thread; `close` removes it. */
export async function openBackendForTests(): Promise<BackendForTests> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-sql-'))
  const file = join(folder, 'millrace.db')
  await migrateEmbedded(file)
  let time = 1_000_000
  let commits = 0
  const clock = { now: () => time, newId: () => uuidv7() }
  const backend = await openEmbeddedBackend({ file, clock, onLogCommit: () => void commits++ })
  let other: Promise<EmbeddedBackend> | undefined

  return {
    ...backend,
    file,
    newId: clock.newId,
    advance: (milliseconds) => void (time += milliseconds),
    now: clock.now,
    commits: () => commits,
    another: () => (other ??= openEmbeddedBackend({ file, clock, onLogCommit: () => {} })),
    async close() {
      await (await other)?.close()
      await backend.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
