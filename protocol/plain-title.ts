const LONGEST = 60

/** A name for a conversation: the first line of its first question, cut between words. */
export function plainTitle(question: string): string {
  const line = question.trim().split('\n', 1)[0]!.replaceAll(/\s+/g, ' ').trim()
  const characters = [...line]
  if (characters.length <= LONGEST) return line
  const head = characters.slice(0, LONGEST).join('')
  const cut = head.lastIndexOf(' ')
  return `${cut > LONGEST / 2 ? head.slice(0, cut) : head}…`
}
