/** Which device or person a scanner or a hand means: the whole number, or an end of it that fits one alone. */
export function meant<T extends { number: string }>(typed: string, among: T[], also: (one: T) => string): T | null {
  const word = typed.trim().toLowerCase()
  if (!word) return null
  const names = (one: T) => [one.number.toLowerCase(), also(one).toLowerCase()]
  const exact = among.filter((one) => names(one).includes(word))
  if (exact.length) return exact.length === 1 ? exact[0]! : null
  const ends = among.filter((one) => names(one).some((name) => name.endsWith(word)))
  return ends.length === 1 ? ends[0]! : null
}
