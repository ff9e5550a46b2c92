/**
 * The generation of a Gemini model by its name, such as 2.5; undefined for other models (Gemma, tuned ones). A name without
 * a number (`gemini-flash-latest`) is the newest: what is new holds for all that follows.
 */
export function modelGeneration(model: string): number | undefined {
  const name = /^(?:models\/)?(gemini-.+)$/s.exec(model)?.[1]
  if (name === undefined) return undefined
  if (/^gemini-(pro|ultra)(-vision)?$/.test(name)) return 1
  const number = /^gemini-(?:robotics-er-)?(\d+(?:\.\d+)?)/.exec(name)?.[1]
  return number === undefined ? Infinity : Number(number)
}
