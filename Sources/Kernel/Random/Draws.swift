import Foundation

// The draws themselves, spelled out here and not left to the standard library, whose algorithms
// may change between versions and with them every recorded number.
extension RandomStream {
  /// A real number in [0, 1), with 53 random bits.
  public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A real number in (0, 1], so that its logarithm is finite.
  public mutating func nextPositiveUnit() -> Double { Double((next() >> 11) &+ 1) * 0x1p-53 }

  /// A real number in [lower, upper).
  public mutating func nextReal(in lower: Double, _ upper: Double) -> Double {
    lower + (upper - lower) * nextUnit()
  }

  /// A whole number in 0..<bound, without bias (Lemire 2019, doi:10.1145/3230636).
  public mutating func nextInt(below bound: Int) -> Int {
    precondition(bound > 0, "a whole number below \(bound)")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// Two independent normal numbers (Box and Muller 1958).
  public mutating func nextNormalPair() -> (Double, Double) {
    let radius = (-2 * log(nextPositiveUnit())).squareRoot()
    let angle = 2 * Double.pi * nextUnit()
    return (radius * cos(angle), radius * sin(angle))
  }

  /// Independent normal numbers, pair by pair; of an odd count's last pair the second is dropped.
  public mutating func nextNormals(count: Int) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(count + 1)
    while values.count < count {
      let pair = nextNormalPair()
      values.append(pair.0)
      values.append(pair.1)
    }
    if values.count > count { values.removeLast() }
    return values
  }

  /// Puts `values` in a uniformly random order (Fisher–Yates, from the end).
  public mutating func shuffle<Element>(_ values: inout [Element]) {
    guard values.count > 1 else { return }
    for last in stride(from: values.count - 1, through: 1, by: -1) {
      values.swapAt(last, nextInt(below: last + 1))
    }
  }

  /// The numbers 0..<count in a uniformly random order.
  public mutating func nextOrder(count: Int) -> [Int] {
    var order = Array(0..<count)
    shuffle(&order)
    return order
  }
}
