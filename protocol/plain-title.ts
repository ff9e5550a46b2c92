const LONGEST = 60
/** What shows nothing, or turns round what stands beside it in a list: control characters and marks of direction. */
const UNSHOWN = /[\s\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu
const SHOWN = /[^\p{Cc}\p{Cf}\p{Z}\p{M}]/u

/** A name for a conversation: the first line of its first question, cut between words. Empty where nothing would show. */
export function plainTitle(question: string): string {
  const line = question.trim().split('\n', 1)[0]!.replaceAll(UNSHOWN, ' ').trim()
  if (!SHOWN.test(line)) return ''
  const characters = [...line]
  if (characters.length <= LONGEST) return line
  const head = characters.slice(0, LONGEST).join('')
  const cut = head.lastIndexOf(' ')
  return `${cut > LONGEST / 2 ? head.slice(0, cut) : head}…`
}
