import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ProviderEvent } from '#server/ports/provider.ts'
import { EXPLANATIONS } from '#test/oracle/explanations.ts'
import { EMPTY, readWithOracle, type Reading } from '#test/oracle/oracle-reading.ts'
import { decodeRecording } from '#test/wire/decode-recording.ts'
import { outcomeOfEvents } from '#test/wire/outcome.ts'
import { hasWireRecordings, listRecordings, type Recording, type WireProtocol } from '#test/wire/recordings.ts'
import { WIRES } from '#test/wire/wires.ts'

/**
 * The layers that most programs read these vendors with, on the same bytes. Where they and we disagree, one of us is wrong:
 * each disagreement stands in `explanations.ts` with the reason, and one that is new, or gone, fails here.
 */
describe.skipIf(!hasWireRecordings).each(Object.keys(WIRES) as WireProtocol[])('vendor layers: %s', (protocol) => {
  // One of the layers complains aloud about blank lines.
  beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
  afterAll(() => void vi.restoreAllMocks())

  test('make the same of every recording, but for what is explained', async () => {
    const found: Record<string, (keyof Reading)[]> = {}
    const recordings = listRecordings(protocol)
    for (const recording of recordings) {
      const fields = disagreements(ourReading(protocol, recording), await readWithOracle(protocol, recording))
      if (fields.length > 0) found[recording.id] = fields
    }
    const explained = Object.entries(EXPLANATIONS[protocol]).map(([id, { fields }]) => [id, fields])
    expect(recordings.length).toBeGreaterThanOrEqual(13)
    expect(found).toEqual(Object.fromEntries(explained))
  })
})

function disagreements(ours: Reading, theirs: Reading): (keyof Reading)[] {
  return (Object.keys(EMPTY) as (keyof Reading)[]).filter((field) => {
    // Of a stream that failed for both, only what a person saw of it counts.
    if (ours.failed && theirs.failed && field !== 'text' && field !== 'reasoning') return false
    return ours[field] !== theirs[field]
  })
}

/** Without the pipeline: the layers leave thoughts that stand in the text where they are. */
function ourReading(protocol: WireProtocol, recording: Recording): Reading {
  const asIs = { push: (events: readonly ProviderEvent[]) => events, end: () => [] }
  const { usage = {}, ...outcome } = outcomeOfEvents(decodeRecording(WIRES[protocol], recording, { filter: asIs }))
  const { inputTokens = null, outputTokens = null, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage
  // Anthropic counts cached tokens beside the others, and its layer adds them up.
  const beside = protocol === 'anthropic' && inputTokens !== null ? cachedInputTokens + cacheWriteTokens : 0
  return {
    text: outcome.text,
    reasoning: outcome.reasoning,
    finish: outcome.error ? null : (outcome.finishReason ?? null),
    inputTokens: inputTokens === null ? null : inputTokens + beside,
    outputTokens,
    tools: JSON.stringify(outcome.toolCalls.map(({ name, arguments: text }) => ({ name, arguments: text }))),
    failed: outcome.error !== undefined,
  }
}
