/// The candidate that `word` was probably meant to be, or nothing where none is near.
///
/// Near means at most one edit for words of up to four letters, two up to eight, three beyond, and
/// fewer than half of the letters; an edit inserts, deletes or replaces a letter or swaps two
/// neighbours. Case does not count, and of candidates equally near the first wins.
func nearest(_ word: String, among candidates: some Sequence<String>) -> String? {
  let letters = Array(word.lowercased().unicodeScalars)
  guard !letters.isEmpty, letters.count <= 64 else { return nil }
  var best: (candidate: String, distance: Int)?
  let allowed = letters.count <= 4 ? 1 : letters.count <= 8 ? 2 : 3
  for candidate in candidates {
    let other = Array(candidate.lowercased().unicodeScalars)
    let limit = min(allowed, (best?.distance ?? Int.max) - 1)
    guard limit >= 0, abs(other.count - letters.count) <= limit else { continue }
    let distance = editDistance(letters, other)
    if distance <= limit, distance * 2 < max(letters.count, other.count) {
      best = (candidate, distance)
    }
  }
  return best?.candidate
}

/// How many insertions, deletions, replacements and swaps of neighbours lead from one to the
/// other (optimal string alignment: Damerau 1964, Levenshtein 1966).
func editDistance<Element: Equatable>(_ a: [Element], _ b: [Element]) -> Int {
  // Three rows of the table are alive: a swap looks two rows back.
  var twoBack = [Int](repeating: 0, count: b.count + 1)
  var oneBack = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    row.reserveCapacity(b.count + 1)
    for j in 0..<b.count {
      var cost = min(oneBack[j + 1] + 1, row[j] + 1, oneBack[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, twoBack[j - 1] + 1)
      }
      row.append(cost)
    }
    (twoBack, oneBack) = (oneBack, row)
  }
  return oneBack[b.count]
}
