/** Words in pieces of up to seven letters with the space before them, marks in short runs, the rest of the white space. */
const TOKEN = / ?[\p{L}\p{M}\p{N}]{1,7}| ?[^\s\p{L}\p{M}\p{N}]{1,3}|\s+/gu

/** Cuts a text into pieces about as long as a model's tokens. Joined again they are the text, and no character is cut. */
export function tokenise(text: string): string[] {
  return text.match(TOKEN) ?? []
}
