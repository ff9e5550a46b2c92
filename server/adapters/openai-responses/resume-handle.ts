/** A place in a response at its vendor. */
export interface ResumePoint {
  responseId: string
  /** The last event whose effects are in the log; undefined for the response's start. */
  sequenceNumber?: number
  /** The last output item that is in the log as a whole; -1 before the first. */
  outputIndex: number
  /** Characters of text and refusals, and of reasoning, that the vendor had written up to there. */
  characters: number
  reasoningCharacters: number
}

/** The response's id, and after an `@` the place in it. The id alone is its start. */
export function toHandle({ responseId, sequenceNumber, ...place }: ResumePoint): string {
  if (sequenceNumber === undefined) return responseId
  return `${responseId}@${[sequenceNumber, place.outputIndex, place.characters, place.reasoningCharacters].join('.')}`
}

export function readHandle(handle: string): ResumePoint {
  const [, responseId = handle, ...numbers] = /^(.*)@(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(handle) ?? []
  if (numbers.length === 0) return { responseId, outputIndex: -1, characters: 0, reasoningCharacters: 0 }
  const [sequenceNumber = 0, outputIndex = 0, characters = 0, reasoningCharacters = 0] = numbers.map(Number)
  return { responseId, sequenceNumber, outputIndex, characters, reasoningCharacters }
}
