import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ggufBytes, type GgufValue, type Tensor } from './gguf-bytes.ts'

/** What a tiny model says, whatever it is asked. */
export interface TinyModel {
  /** Pieces of the answer, each one token; no two alike, because the model remembers nothing but the last one. */
  answer: readonly string[]
  /** Begins again after the last piece instead of ending. */
  endless?: boolean
  /** In tokens; each character of a prompt is one. */
  contextLength?: number
  name?: string
}

/** `1, 2, 3, … count.` */
export function counting(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `${index > 0 ? ' ' : ''}${index + 1}${index < count - 1 ? ',' : '.'}`,
  )
}

/**
 * Writes a model that llama.cpp runs like any other and that always gives the same answer, at any usual temperature. Its
 * weights are not trained but laid out: every piece of the answer has a code of its own, all other tokens share one, and
 * the output row of a token is the code of what it follows. So it goes from piece to piece like a chain, and whatever
 * ends a prompt leads to the first one. Attention is there and says nothing.
 */
export function writeTinyGguf(file: string, model: TinyModel): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, tinyGguf(model))
}

export function tinyGguf(model: TinyModel): Buffer {
  const vocabulary = makeVocabulary(model.answer)
  return ggufBytes(describe(model, vocabulary), makeTensors(model, vocabulary))
}

const CODE = 128
const HEADS = 4
const FEED_FORWARD = 32
/** From the product of two equal codes to a lead of dozens of nats over all that are unlike. */
const GAIN = 0.6

const CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** Kinds of tokens as SentencePiece numbers them. */
const KIND = { normal: 1, unknown: 2, control: 3, userDefined: 4, byte: 6 }

interface Vocabulary {
  tokens: { text: string; kind: number }[]
  endOfTurn: number
  answer: number[]
}

function makeVocabulary(answer: readonly string[]): Vocabulary {
  const tokens = [
    { text: '<unk>', kind: KIND.unknown },
    { text: '<s>', kind: KIND.control },
    { text: '<|im_start|>', kind: KIND.control },
    { text: '<|im_end|>', kind: KIND.control },
  ]
  for (let byte = 0; byte < 256; byte += 1) {
    const hexadecimal = byte.toString(16).toUpperCase().padStart(2, '0')
    tokens.push({ text: `<0x${hexadecimal}>`, kind: KIND.byte })
  }
  // SentencePiece writes a space like this.
  tokens.push({ text: '\u2581', kind: KIND.normal })
  const first = tokens.length
  for (const text of answer) tokens.push({ text, kind: KIND.userDefined })
  return { tokens, endOfTurn: 3, answer: answer.map((_, index) => first + index) }
}

function describe(
  { contextLength = 4_096, name = 'Tiny' }: TinyModel,
  vocabulary: Vocabulary,
): Record<string, GgufValue> {
  const { tokens, endOfTurn } = vocabulary
  return {
    'general.architecture': { text: 'llama' },
    'general.type': { text: 'model' },
    'general.name': { text: name },
    'general.file_type': { u32: 0 },
    'llama.context_length': { u32: contextLength },
    'llama.embedding_length': { u32: CODE },
    'llama.block_count': { u32: 1 },
    'llama.feed_forward_length': { u32: FEED_FORWARD },
    'llama.attention.head_count': { u32: HEADS },
    'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
    'llama.rope.dimension_count': { u32: CODE / HEADS },
    'llama.vocab_size': { u32: tokens.length },
    'tokenizer.ggml.model': { text: 'llama' },
    'tokenizer.ggml.pre': { text: 'default' },
    'tokenizer.ggml.tokens': { texts: tokens.map(({ text }) => text) },
    'tokenizer.ggml.scores': { floats: tokens.map(() => 0) },
    'tokenizer.ggml.token_type': { integers: tokens.map(({ kind }) => kind) },
    'tokenizer.ggml.bos_token_id': { u32: 1 },
    'tokenizer.ggml.eos_token_id': { u32: endOfTurn },
    'tokenizer.ggml.unknown_token_id': { u32: 0 },
    'tokenizer.ggml.add_bos_token': { flag: true },
    'tokenizer.ggml.add_space_prefix': { flag: false },
    'tokenizer.chat_template': { text: CHAT_TEMPLATE },
  }
}

function makeTensors({ endless = false }: TinyModel, { tokens, endOfTurn, answer }: Vocabulary): Tensor[] {
  const random = createSigns()
  const shared = random(CODE)
  const codes = tokens.map(() => shared)
  for (const token of answer) codes[token] = random(CODE)

  const embedding = matrix('token_embd.weight', CODE, tokens.length)
  for (const [token, code] of codes.entries()) embedding.values.set(code, token * CODE)
  const output = matrix('output.weight', CODE, tokens.length)
  const follows = (next: number | undefined, code: readonly number[]) => {
    if (next !== undefined)
      for (const [index, sign] of code.entries()) output.values[next * CODE + index]! += GAIN * sign
  }
  follows(answer[0], shared)
  for (const [index, token] of answer.entries()) {
    follows(answer[index + 1] ?? (endless ? answer[0] : endOfTurn), codes[token] ?? shared)
  }

  const square = (name: string) => matrix(`blk.0.${name}.weight`, CODE, CODE)
  return [
    embedding,
    ones('output_norm.weight'),
    output,
    ones('blk.0.attn_norm.weight'),
    square('attn_q'),
    square('attn_k'),
    square('attn_v'),
    square('attn_output'),
    ones('blk.0.ffn_norm.weight'),
    matrix('blk.0.ffn_gate.weight', CODE, FEED_FORWARD),
    matrix('blk.0.ffn_up.weight', CODE, FEED_FORWARD),
    matrix('blk.0.ffn_down.weight', FEED_FORWARD, CODE),
  ]
}

function matrix(name: string, columns: number, rows: number): Tensor {
  return { name, dimensions: [columns, rows], values: new Float32Array(columns * rows) }
}

function ones(name: string): Tensor {
  return { name, dimensions: [CODE], values: new Float32Array(CODE).fill(1) }
}

/** Signs that look random and are the same on every machine (a linear congruential generator). */
function createSigns(): (count: number) => number[] {
  let state = 12_345
  return (count) =>
    Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 31 === 1 ? 1 : -1
    })
}
