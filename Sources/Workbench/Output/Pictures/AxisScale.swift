import Foundation

/// Where values lie along an axis, and its ticks at round numbers.
struct AxisScale: Hashable, Sendable {
  let lower: Double
  let upper: Double
  let isLogarithmic: Bool
  let ticks: [Tick]

  /// A round number and how it is written.
  struct Tick: Hashable, Sendable {
    var value: Double
    var label: String
  }

  /// A scale over `values`, which are finite, and positive where the axis is logarithmic.
  ///
  /// - Parameters:
  ///   - tickCount: About how many ticks there is room for.
  ///   - endsAtTicks: Whether the scale is widened to the next ticks.
  ///   - lowerEdge: Where the scale begins, if lower than the values.
  init(
    _ axis: Picture.Axis, values: [Double], tickCount: Int, endsAtTicks: Bool,
    lowerEdge: Double? = nil
  ) {
    let factor = axis.measure.factor
    let isLogarithmic = axis.isLogarithmic
    var low = max((values.min() ?? (isLogarithmic ? 1 : 0)) * factor, -Self.largest)
    var high = min((values.max() ?? 1) * factor, Self.largest)
    if let lowerEdge { low = min(low, lowerEdge * factor) }
    Self.spread(&low, &high, isLogarithmic: isLogarithmic)
    // A scale from nearly zero begins at zero: the eye compares heights.
    if endsAtTicks, !isLogarithmic, low > 0, low < 0.4 * high { low = 0 }
    let numbers: [Double]
    if isLogarithmic, !endsAtTicks,
      let few = Self.measuredTicks(values.map { $0 * factor }, tickCount)
    {
      numbers = few
    } else if isLogarithmic, let decades = Self.logarithmicTicks(low, high, tickCount, endsAtTicks)
    {
      numbers = decades
    } else {
      numbers = Self.linearTicks(
        low, high, tickCount, endsAtTicks: endsAtTicks && !isLogarithmic,
        isWhole: values.allSatisfy { $0 == $0.rounded() } && high - low >= 2)
    }
    if endsAtTicks, let first = numbers.first, let last = numbers.last {
      (low, high) = (min(low, first), max(high, last))
    }
    lower = low / factor
    upper = high / factor
    self.isLogarithmic = isLogarithmic
    let suffix = axis.measure == .share ? "%" : ""
    ticks = zip(numbers, Self.labels(numbers, isLogarithmic: isLogarithmic)).map {
      Tick(value: $0 / factor, label: $1 + suffix)
    }
  }

  /// How far along the axis a value lies: 0 at the lower end, 1 at the upper.
  func fraction(_ value: Double) -> Double {
    isLogarithmic
      ? log(max(value, lower) / lower) / log(upper / lower) : (value - lower) / (upper - lower)
  }

  /// The nearest power of ten that is lower than a number above 0; of such a power its half.
  static func roundNumber(below value: Double) -> Double {
    let power = pow(10, floor(log10(value)))
    return power < value ? power : power / 2
  }

  /// Beyond these the arithmetic of scales would overflow, or lose all digits.
  private static let (smallest, largest) = (1e-300, 1e300)

  /// Makes room around values that are all the same.
  private static func spread(_ low: inout Double, _ high: inout Double, isLogarithmic: Bool) {
    if isLogarithmic {
      if high / low < 1.001 { (low, high) = (low / 2, high * 2) }
    } else if high - low <= 1e-12 * max(high.magnitude, low.magnitude) || high == low {
      let room = high.magnitude < smallest ? 1 : high.magnitude / 2
      (low, high) = (low - room, high + room)
    }
  }

  // MARK: - Round numbers

  /// The smallest of 1, 2, 5 times a power of ten that is at least `rough`.
  static func roundStep(atLeast rough: Double) -> Double {
    let power = pow(10, floor(log10(rough)))
    // The small term keeps 0.2 / 0.1 = 2.0000000000000004 from asking for a 5.
    let step = [1.0, 2, 5, 10].first { $0 * power >= rough * (1 - 1e-9) } ?? 10
    return step * power
  }

  private static func linearTicks(
    _ low: Double, _ high: Double, _ count: Int, endsAtTicks: Bool, isWhole: Bool
  ) -> [Double] {
    let rough = roundStep(atLeast: (high - low) / Double(max(count - 1, 1)))
    // Between 1 and 2 layers there is nothing.
    let step = isWhole ? max(rough, 1) : rough
    let slack = 1e-9
    let first = endsAtTicks ? floor(low / step + slack) : ceil(low / step - slack)
    let last = endsAtTicks ? ceil(high / step - slack) : floor(high / step + slack)
    guard first <= last, last - first < 1_000 else { return [] }
    // Multiples of the step itself, so that errors of a running sum do not pile up.
    return stride(from: first, through: last, by: 1).map { multiple in
      let value = multiple * step
      return value == 0 ? 0 : value
    }
  }

  /// The values themselves, where they are few and stand apart; otherwise `nil`.
  ///
  /// On a logarithmic axis 16, 64, 256 say more than 10 and 100. Of more powers of two every other
  /// one is taken.
  private static func measuredTicks(_ values: [Double], _ count: Int) -> [Double]? {
    let distinct = Set(values).sorted()
    let arePowersOfTwo = distinct.allSatisfy { $0 >= 1 && $0.significand == 1 }
    guard let low = distinct.first, let high = distinct.last, low > 0,
      distinct.count >= (arePowersOfTwo ? 2 : 3), distinct.count <= (arePowersOfTwo ? 2 : 1) * count
    else { return nil }
    let skip = distinct.count > count ? 2 : 1
    let chosen = stride(from: 0, to: distinct.count, by: skip).map { distinct[$0] }
    // Half of an even share of the axis: as close as two labels can stand.
    let room = log(high / low) / Double(2 * count)
    let standApart = zip(chosen, chosen.dropFirst()).allSatisfy { log($1 / $0) >= room }
    return standApart ? chosen : nil
  }

  /// Powers of ten, with 2 and 5 between them where there is room; `nil` where the values span too
  /// little for them.
  private static func logarithmicTicks(
    _ low: Double, _ high: Double, _ count: Int, _ endsAtTicks: Bool
  ) -> [Double]? {
    let span = log10(high / low)
    guard span >= 0.7 else { return nil }
    let multiples: [Double] = span * 3 <= Double(count) ? [1, 2, 5] : [1]
    let skip = max(1, Int((span / Double(max(count, 2))).rounded(.up)))
    let (first, last) = (Int(floor(log10(low))), Int(ceil(log10(high))))
    let candidates = stride(from: first, through: last, by: multiples.count == 1 ? skip : 1)
      .flatMap { exponent in multiples.map { $0 * pow(10, Double(exponent)) } }
    if endsAtTicks {
      let below = candidates.last { $0 <= low * (1 + 1e-9) } ?? low
      let above = candidates.first { $0 >= high * (1 - 1e-9) } ?? high
      return candidates.filter { $0 >= below && $0 <= above }
    }
    let inside = candidates.filter { $0 >= low * (1 - 1e-9) && $0 <= high * (1 + 1e-9) }
    return inside.count >= 2 ? inside : nil
  }

  // MARK: - Labels

  private static func labels(_ numbers: [Double], isLogarithmic: Bool) -> [String] {
    let largest = numbers.map(\.magnitude).max() ?? 0
    if isLogarithmic {
      return numbers.map { number in
        number >= 0.001 && number < 1e6
          ? NumberText.real(number) : NumberText.scientific(number, digits: 2)
      }
    }
    guard numbers.count > 1 else { return numbers.map { NumberText.real($0) } }
    let step = numbers[1] - numbers[0]
    let decimals = max(0, -Int(floor(log10(step) + 1e-9)))
    if largest >= 1e7 || decimals > 5 {
      let digits = Int(floor(log10(largest) + 1e-9)) + decimals + 1
      return numbers.map {
        $0 == 0 ? "0" : NumberText.scientific($0, digits: min(max(digits, 2), 6))
      }
    }
    return numbers.map { NumberText.decimal($0, decimals: decimals) }
  }
}
