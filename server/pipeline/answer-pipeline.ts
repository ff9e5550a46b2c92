import { closeReasoning } from './close-reasoning.ts'
import { dropEmptyDeltas } from './drop-empty-deltas.ts'
import { joinSurrogates } from './join-surrogates.ts'
import { createPipeline, type Filter } from './pipeline.ts'
import { splitThinking } from './split-thinking.ts'

/** What every answer passes through between its provider and its log. One per stream. */
export function createAnswerPipeline(): Filter {
  return createPipeline([dropEmptyDeltas(), splitThinking(), joinSurrogates(), closeReasoning()])
}
