import Foundation

/// Student's t distribution, for intervals of a mean of few independent numbers.
public enum StudentT {
  /// P(|T| ≤ t) with `freedom` degrees of freedom.
  ///
  /// The finite series for whole degrees of freedom in θ = arctan(t/√ν): Abramowitz and Stegun
  /// (1964), 26.7.3 for odd and 26.7.4 for even ν.
  public static func share(within t: Double, freedom: Int) -> Double {
    precondition(freedom >= 1, "\(freedom) degrees of freedom")
    let angle = atan(t / Double(freedom).squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    let isOdd = freedom % 2 == 1
    // Odd: cos θ + (2/3) cos³θ + …; even: 1 + (1/2) cos²θ + …; each has ν/2 terms, rounded down.
    var term = isOdd ? cosine : 1
    var sum = 0.0
    for k in 0..<freedom / 2 {
      sum += term
      let (above, below) = isOdd ? (2 * k + 2, 2 * k + 3) : (2 * k + 1, 2 * k + 2)
      term *= cosine * cosine * Double(above) / Double(below)
    }
    return isOdd ? 2 / .pi * (angle + sine * sum) : sine * sum
  }

  /// The t within which the given share lies: 12.706 for 0.95 and one degree of freedom.
  public static func bound(of share: Double, freedom: Int) -> Double {
    precondition((0..<1).contains(share), "a share of \(share)")
    var (low, high) = (0.0, 1.0)
    while self.share(within: high, freedom: freedom) < share { high *= 2 }
    // Until the two are neighbours or the middle is one of them.
    while true {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { return high }
      if self.share(within: middle, freedom: freedom) < share {
        low = middle
      } else {
        high = middle
      }
    }
  }
}
