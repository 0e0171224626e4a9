/**
 * The known name that was probably meant, or undefined where none is close. Letter case and separators do not count; about one letter in
 * three may be wrong, or the rest of the name may be missing.
 */
export function nearestName(given: string, known: Iterable<string>): string | undefined {
  const wanted = plain(given)
  let nearest: string | undefined
  let nearestDistance = Number.POSITIVE_INFINITY
  for (const name of known) {
    const candidate = plain(name)
    const isPart = wanted.length > 2 && candidate.includes(wanted)
    const allowed = isPart ? candidate.length : Math.max(1, Math.floor(Math.min(wanted.length, candidate.length) / 3))
    const distance = editDistance(wanted, candidate)
    if (distance <= allowed && distance < nearestDistance) {
      nearest = name
      nearestDistance = distance
    }
  }
  return nearest
}

/** ` (did you mean x?)`, or nothing: ready to stand behind the wrong name. */
export function didYouMean(given: string, known: Iterable<string>): string {
  const nearest = nearestName(given, known)
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours. Input is cut off: names are short. */
function editDistance(one: string, other: string): number {
  const a = one.slice(0, 64)
  const b = other.slice(0, 64)
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let least = Math.min(replaced, last[column]! + 1, current[column - 1]! + 1)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, beforeLast[column - 2]! + 1)
      }
      current.push(least)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}
