import { readSettings } from '#server/config.ts'
import type { Settings } from '#server/domain/settings.ts'

/** Of a data folder, with limits that no benchmark reaches. */
export function usersSettings(dataDir: string): Settings {
  const read = readSettings({ DATA_DIR: dataDir, MAX_OPEN_STREAMS: '1000000', LOG_LEVEL: 'error' })
  if (!read.ok) throw new Error(read.problems.join(' '))
  return read.settings
}
