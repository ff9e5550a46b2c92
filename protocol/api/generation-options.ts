import { z } from 'zod'
import { REASONING_EFFORTS } from '../messages.ts'
import { jsonCharacters, schemaSizeProblem } from './json-schema-limits.ts'

/** Of the definitions of all tools together. */
const MAX_TOOLS_CHARACTERS = 256 * 1024
const MAX_TOKENS = 10_000_000

const identifier = z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, dashes and underscores')

const schema = z.record(z.string(), z.unknown()).superRefine((value, context) => {
  const problem = schemaSizeProblem(value)
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
})

const tool = z.object({
  name: identifier,
  description: z.string().max(20_000).optional(),
  parameters: schema.describe('A JSON schema of the arguments object'),
})

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json') }),
  z.object({ type: z.literal('json-schema'), name: identifier, schema, strict: z.boolean().optional() }),
])

/** How an answer is asked for. Frozen with the question; what a provider does not take is left out, and the answer says so. */
export const GenerationOptions = z
  .object({
    systemPrompt: z.string().max(100_000).optional(),
    temperature: z.number().min(0).max(2).optional(),
    topP: z.number().min(0).max(1).optional(),
    maxOutputTokens: z.number().int().positive().max(MAX_TOKENS).optional(),
    stop: z.array(z.string().min(1).max(1_000)).max(8).optional(),
    seed: z.number().int().optional(),
    thinking: z.boolean().optional(),
    reasoningEffort: z
      .enum(REASONING_EFFORTS)
      .optional()
      .describe('How much to think, in words; translated for vendors that count tokens'),
    reasoningBudget: z
      .number()
      .int()
      .positive()
      .max(MAX_TOKENS)
      .optional()
      .describe('How many tokens to think at most; translated for vendors that want words'),
    responseFormat: responseFormat.optional(),
    tools: z.array(tool).max(128).optional().describe('Their calls stand in the answer; send the results as its reply'),
    toolChoice: z
      .union([z.enum(['auto', 'none', 'required']), z.object({ name: identifier })])
      .optional()
      .describe('Absent leaves it to the model; a name wants that tool called'),
    cachePrompt: z
      .boolean()
      .optional()
      .describe('Whether the provider may keep the prompt in its cache where that has to be asked for'),
  })
  .superRefine(({ tools = [], toolChoice }, context) => {
    const names = tools.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) {
      context.addIssue({ code: 'custom', path: ['tools'], message: `has two tools named "${twice}"` })
    }
    if (jsonCharacters(tools) > MAX_TOOLS_CHARACTERS) {
      const message = `has more than ${MAX_TOOLS_CHARACTERS} characters of JSON in all`
      context.addIssue({ code: 'custom', path: ['tools'], message })
    }
    const problem = choiceProblem(toolChoice, names)
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['toolChoice'], message: problem })
  })

function choiceProblem(choice: string | { name: string } | undefined, tools: readonly string[]): string | undefined {
  if (choice === 'required' && tools.length === 0) return 'wants a tool to be called, but no tools are given'
  if (typeof choice !== 'object' || tools.includes(choice.name)) return undefined
  return `names "${choice.name}", which is none of the tools`
}
