import type { MessagePart } from '#protocol/messages.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'

/**
 * How many tokens a request has at the very least, over all tokenisers in use. It is there to tell what certainly does not
 * fit, so every figure errs downwards:
 *
 * - A word (letters, digits, and single marks that join them) is at least one token: byte-pair and SentencePiece tokenisers
 *   cut a text into words first and make no token of two. English has 1.3 tokens a word by OpenAI's rule (a token is three
 *   quarters of a word), 1.5 by DeepSeek's (0.3 a character). A word of more than 24 characters counts once for each 24.
 * - Scripts without spaces: one token for four characters. DeepSeek counts 0.6 tokens a Chinese character, so this is less
 *   than half of it; Japanese, Korean and Thai take no fewer.
 * - Spaces, other marks, images, tools and thoughts are not counted: they can join a word's token, or stay behind.
 * - A quarter is taken off for tokenisers that nobody here has seen.
 */
export function leastTokens({ systemPrompt, messages }: Prompt): number {
  let least = leastOf(systemPrompt ?? '')
  for (const { parts } of messages) for (const part of parts) least += leastOf(textOf(part))
  return Math.floor(least * CAUTION)
}

/** What `leastTokens` never exceeds, and nearly free: with it most requests need no counting. */
export function countCharacters({ systemPrompt, messages }: Prompt): number {
  let characters = systemPrompt?.length ?? 0
  for (const { parts } of messages) for (const part of parts) characters += textOf(part).length
  return characters
}

type Prompt = Pick<ProviderRequest, 'systemPrompt' | 'messages'>

const CAUTION = 0.75
const CHARACTERS_A_WORD_TOKEN = 24
const CHARACTERS_A_TOKEN_UNSPACED = 4

const UNSPACED =
  '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}'
const LETTER = `[[\\p{L}\\p{N}]--[${UNSPACED}]]`
const PIECES = new RegExp(`([${UNSPACED}]+)|${LETTER}(?:[_'’.\\-]?\\p{M}*${LETTER})*`, 'gv')

function leastOf(text: string): number {
  let tokens = 0
  for (const [piece, unspaced] of text.matchAll(PIECES)) {
    if (unspaced === undefined) tokens += Math.ceil(piece.length / CHARACTERS_A_WORD_TOKEN)
    else tokens += piece.length / CHARACTERS_A_TOKEN_UNSPACED
  }
  return tokens
}

function textOf(part: MessagePart): string {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text
    case 'tool-call':
      return part.arguments
    case 'tool-result':
      return part.content
    default:
      return ''
  }
}
