import { CODE, EXPLAIN, GREETING, STREAMING, THOUGHTFUL, type Reply } from './replies.ts'

/** Which words call for which reply. The first match counts, in this order. */
const KEYWORDS: readonly { matches: RegExp; reply: Reply; title: string }[] = [
  { matches: /^(hello|hi|hey)$/, reply: GREETING, title: 'A greeting' },
  { matches: /^explain/, reply: EXPLAIN, title: 'How workers keep a server responsive' },
  { matches: /^streaming$/, reply: STREAMING, title: 'How streaming works' },
  { matches: /^code$/, reply: CODE, title: 'Following an answer in code' },
]

/** Words that tell nothing of what a message is about. */
const COMMON = new Set(
  (
    'about after again also another because been before being between could does doing done each every from have having ' +
    'here into just know like make many might more most much must need next only other over please really same shall ' +
    'should some such tell than that their them then there these they thing things think this those through very want ' +
    'well were what when where which while will with would write your yours'
  ).split(' '),
)

/** More of a long message is not looked at. */
const MAX_CHARACTERS = 4_000

/** The demo model's reply to a message. The random numbers choose between wordings. */
export function writeReply(message: string, random: () => number): { thinking: string; text: string } {
  const words = wordsOf(message)
  const { reply } = keywordIn(words) ?? { reply: THOUGHTFUL }
  const taken = takeUp(words)
  const write = (blocks: Reply['text']) =>
    blocks.map((block) => pick(block, random).replace('{words}', () => taken)).join('')
  return { thinking: write(reply.thinking), text: write(reply.text) }
}

/** The demo model's title for a conversation that begins with this message. */
export function writeTitle(message: string): string {
  const words = wordsOf(message)
  const title = keywordIn(words)?.title ?? takeUp(words)
  return title.charAt(0).toUpperCase() + title.slice(1)
}

function wordsOf(message: string): string[] {
  return message.slice(0, MAX_CHARACTERS).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
}

function keywordIn(words: readonly string[]) {
  const lowered = words.map((word) => word.toLowerCase())
  return KEYWORDS.find(({ matches }) => lowered.some((word) => matches.test(word)))
}

/**
 * The message's most telling words, in its own order. Only letters and digits get this far, so nothing in a message can
 * change the reply's formatting.
 */
function takeUp(words: readonly string[]): string {
  const telling = [...new Set(words)]
    .filter((word) => word.length > 3 && !COMMON.has(word.toLowerCase()))
    .toSorted((one, other) => other.length - one.length)
    .slice(0, 3)
  const kept = words.filter((word, place) => telling.includes(word) && words.indexOf(word) === place)
  const shown = (kept.length > 0 ? kept : words.slice(0, 3)).map((word) => word.slice(0, 40))
  if (shown.length < 2) return shown[0] ?? 'something without words'
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

function pick(block: readonly [string, ...string[]], random: () => number): string {
  return block[Math.floor(random() * block.length)] ?? block[0]
}
