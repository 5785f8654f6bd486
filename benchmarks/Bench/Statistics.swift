/// Median and range of repeated timings.
struct Statistics {
  var median: Double
  var least: Double
  var most: Double
  var count: Int

  /// Of at least one number.
  init(_ values: [Double]) {
    precondition(!values.isEmpty, "the median of nothing")
    let sorted = values.sorted()
    let upper = sorted[sorted.count / 2]
    median = sorted.count % 2 == 1 ? upper : (sorted[sorted.count / 2 - 1] + upper) / 2
    least = sorted[0]
    most = sorted[sorted.count - 1]
    count = sorted.count
  }
}
