/** What can be sent to models as files, by how their bytes begin. */
const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const
export const FILE_TYPES = [...IMAGE_TYPES, 'application/pdf'] as const
export type FileType = (typeof FILE_TYPES)[number]

/**
 * The type that the first bytes of a file say, whatever its sender calls it; undefined for all others. PNG 5.2, JPEG's
 * start of image and its first marker, GIF89a 17, WebP's RIFF header, PDF 7.5.2.
 */
export function fileTypeOf(bytes: Uint8Array): FileType | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('latin1')
  if (head.startsWith('\x89PNG\r\n\x1A\n')) return 'image/png'
  if (head.startsWith('\xFF\xD8\xFF')) return 'image/jpeg'
  if (/^GIF8[79]a/.test(head)) return 'image/gif'
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'image/webp'
  if (head.startsWith('%PDF-')) return 'application/pdf'
  return undefined
}

export function isImage(mediaType: string): boolean {
  return (IMAGE_TYPES as readonly string[]).includes(mediaType)
}
