import Foundation
import Kernel

/// What one run of a row's work gave.
struct Timing: Sendable {
  /// Seconds for one unit of the work.
  var seconds: Double
  /// What was computed.
  var detail: String
}

/// The seconds that the work takes, and what it returns.
func timed<Result>(_ work: () throws(Failure) -> Result) throws(Failure) -> (Double, Result) {
  let clock = ContinuousClock()
  let begin = clock.now
  let result = try work()
  return ((clock.now - begin).inSeconds, result)
}

/// A number with a fixed count of digits after the point.
func text(_ value: Double, digits: Int) -> String { String(format: "%.\(digits)f", value) }
