const SENTENCE_END = /[.!?…][)\]"'”’*_`]*(?=\s)|[。！？]|\n{2,}/g

/** Where the last finished sentence of a growing text ends; 0 when none has. */
export function finishedSentences(text: string): number {
  let end = 0
  for (const match of text.matchAll(SENTENCE_END)) end = match.index + match[0].length
  return end
}

/** Markdown as one would read it aloud: without its marks. */
export function spoken(markdown: string): string {
  return markdown
    .replaceAll(/```[^\n]*/g, ' ')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/^\s*(#{1,6}|[-*+>]|\d+\.)\s+/gm, '')
    .replaceAll(/[*_`~|]+/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
