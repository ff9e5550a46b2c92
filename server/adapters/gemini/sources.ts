import { isObject } from '#server/upstream/provider-error.ts'

/**
 * What a candidate refers to, as `{url, title}`: results of a search (`groundingMetadata`), pages that it read
 * (`urlContextMetadata`), and works that it recites (`citationMetadata`, whose list has two names).
 */
export function readSources(candidate: Record<string, unknown>): { url: unknown; title: unknown }[] {
  const { groundingMetadata, urlContextMetadata, citationMetadata } = candidate
  const cited = isObject(citationMetadata)
    ? (citationMetadata.citationSources ?? citationMetadata.citations)
    : undefined
  return [
    ...objectsIn(groundingMetadata, 'groundingChunks').map(readChunk),
    ...objectsIn(urlContextMetadata, 'urlMetadata').filter(wasRead).map(readPage),
    ...(Array.isArray(cited) ? cited.filter(isObject) : []).map(({ uri, title }) => ({ url: uri, title })),
  ]
}

function readChunk(chunk: Record<string, unknown>) {
  const place = [chunk.web, chunk.retrievedContext, chunk.maps, chunk.image].find(isObject) ?? {}
  return { url: place.sourceUri ?? place.uri, title: place.title }
}

function wasRead({ urlRetrievalStatus: status }: Record<string, unknown>): boolean {
  return status === undefined || status === 'URL_RETRIEVAL_STATUS_SUCCESS'
}

function readPage({ retrievedUrl }: Record<string, unknown>) {
  return { url: retrievedUrl, title: undefined }
}

function objectsIn(container: unknown, name: string): Record<string, unknown>[] {
  const list = isObject(container) ? container[name] : undefined
  return Array.isArray(list) ? list.filter(isObject) : []
}
