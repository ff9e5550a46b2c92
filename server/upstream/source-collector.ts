import type { SourceEvent } from '#protocol/events.ts'
import { isObject } from './provider-error.ts'

const MAX_SOURCES = 100
const MAX_URL_CHARACTERS = 2_000
const MAX_TITLE_CHARACTERS = 500

/** Gathers what an answer refers to: each address once, in the order of first mention. */
export interface SourceCollector {
  /** Takes a list of addresses, of `{url, title}`, or of annotations that hold one. Anything else is passed over. */
  add(list: unknown): void
  take(): SourceEvent[]
}

export function createSourceCollector(): SourceCollector {
  const titles = new Map<string, string | undefined>()
  return {
    add(list) {
      if (!Array.isArray(list)) return
      for (const item of list) {
        // Perplexity repeats the whole list in every chunk.
        if (typeof item === 'string' && titles.has(item)) continue
        if (isObject(item) && typeof item.url === 'string' && titles.get(item.url) !== undefined) continue
        const source = readSource(item)
        if (source === undefined) continue
        if (!titles.has(source.url) && titles.size >= MAX_SOURCES) return
        titles.set(source.url, titles.get(source.url) ?? source.title)
      }
    },
    take() {
      const events: SourceEvent[] = []
      for (const [url, title] of titles)
        events.push(title === undefined ? { type: 'source', url } : { type: 'source', url, title })
      titles.clear()
      return events
    },
  }
}

function readSource(item: unknown): { url: string; title: string | undefined } | undefined {
  if (typeof item === 'string') return isWebAddress(item) ? { url: item, title: undefined } : undefined
  if (!isObject(item)) return undefined
  if (isObject(item.url_citation)) return readSource(item.url_citation)
  const { url, title } = item
  if (typeof url !== 'string' || !isWebAddress(url)) return undefined
  const hasTitle = typeof title === 'string' && title.trim() !== ''
  return { url, title: hasTitle ? title.trim().slice(0, MAX_TITLE_CHARACTERS) : undefined }
}

/** Only addresses that a reader may be led to: no `javascript:`, no local files. */
function isWebAddress(url: string): boolean {
  return /^https?:\/\/\S+$/i.test(url) && url.length <= MAX_URL_CHARACTERS
}
