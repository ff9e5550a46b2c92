import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedBackend, type EmbeddedBackend } from '#server/adapters/sql/embedded-backend.ts'
import { migrateEmbedded } from '#server/adapters/sql/migrate.ts'
import { systemClock } from '#server/compose.ts'

/** The embedded backend on a database of its own, which `close` removes. */
export async function openBackend(): Promise<EmbeddedBackend> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
  const file = join(folder, 'millrace.db')
  await migrateEmbedded(file)
  const backend = await openEmbeddedBackend({ file, clock: systemClock, onLogCommit: () => backend.wakeFollowers() })
  return {
    ...backend,
    async close() {
      await backend.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
