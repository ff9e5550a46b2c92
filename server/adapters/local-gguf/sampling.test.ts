import { expect, test } from 'vitest'
import type { ModelPrompt } from './child-messages.ts'
import { samplingOf } from './sampling.ts'

const prompt = (asked: Partial<ModelPrompt> = {}): ModelPrompt => ({ history: [], ...asked })
const file = (sampling: unknown) => ({ general: { sampling } })

test('what nobody has set is the likeliest word', () => {
  const unsaid = { temperature: 0, topK: 40, topP: 0.95, minP: 0.05 }
  for (const metadata of [undefined, {}, { general: {} }, file(null), file({ temp: 'warm', top_k: -1, top_p: NaN })]) {
    expect(samplingOf(prompt(), metadata)).toEqual(unsaid)
  }
})

test('what the makers of a model put into its file is taken, and the request stands above it', () => {
  const said = file({ temp: 0.6, top_k: 20, top_p: 0.9, min_p: 0 })
  expect(samplingOf(prompt(), said)).toEqual({ temperature: 0.6, topK: 20, topP: 0.9, minP: 0 })
  const asked = prompt({ temperature: 0, topP: 0.5 })
  expect(samplingOf(asked, said)).toEqual({ temperature: 0, topK: 20, topP: 0.5, minP: 0 })
})
