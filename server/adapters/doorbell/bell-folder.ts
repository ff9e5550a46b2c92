import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The kernel's limit for the path of a Unix socket is 108 bytes with its end; the longest file name here takes 31. */
const MAX_FOLDER_BYTES = 76

/** The folder of an installation's sockets: in the data folder, or where that path is too long in the temporary folder. */
export function bellFolder(dataDir: string): string {
  const inside = join(dataDir, 'bells')
  if (Buffer.byteLength(inside) <= MAX_FOLDER_BYTES) return inside
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  return join(tmpdir(), `millrace-${digest}`)
}
