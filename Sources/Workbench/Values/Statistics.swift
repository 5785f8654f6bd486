import Kernel

/// Mean, deviation and interval of numbers, in one way for all tables.
enum Statistics {
  /// The mean of at least one number, counted from the first: of equal numbers it is that number.
  static func mean(_ numbers: [Double]) -> Double {
    precondition(!numbers.isEmpty, "the mean of no numbers")
    let first = numbers[0]
    return first + numbers.reduce(0) { $0 + ($1 - first) } / Double(numbers.count)
  }

  /// The sample standard deviation; `nil` of fewer than two numbers.
  static func deviation(_ numbers: [Double]) -> Double? {
    numbers.count > 1 ? deviation(numbers, around: mean(numbers)) : nil
  }

  /// The sample standard deviation around a mean that is known, of two numbers or more.
  static func deviation(_ numbers: [Double], around mean: Double) -> Double {
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(numbers.count - 1)).squareRoot()
  }

  /// Half of the 95 % interval of the mean of independent numbers, by Student's t; `nil` of fewer
  /// than two.
  static func interval(_ numbers: [Double]) -> Double? {
    deviation(numbers).map {
      StudentT.bound(of: 0.95, freedom: numbers.count - 1) * $0 / Double(numbers.count).squareRoot()
    }
  }
}
