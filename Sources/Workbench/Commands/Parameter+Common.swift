import Contract
import Kernel

// Words that mean the same in every command. A command may leave some of them out, narrow a range
// or change a default, but never gives one of them another meaning.
extension Parameter {
  /// What is measured, trained or searched on.
  static let data = Parameter(
    "data", .value([.data]), help: "the data set to work on")
  static let optionalData = Parameter(
    "data", .value([.data]), isOptional: true, help: "the data set to work on")

  /// Fixes one command's random numbers.
  static let seed = Parameter(
    "seed", .integer(0...Int.max), isOptional: true,
    help: "fixes the random numbers of this command alone; otherwise the session's seed")

  /// Ends the work early with the best so far.
  static let budget = Parameter(
    "budget", .duration, isOptional: true, unit: "s", changesResult: false,
    help: "the longest time to work; what there is then is kept")

  /// The grid of a curve or barrier.
  static let points = Parameter(
    "points", .integer(3...1001), default: "25",
    help: "how many points of the line to measure; odd, so that the middle is one")

  /// Which of the metrics that a curve has.
  static let metric = Parameter(
    "metric", .metric, words: CurveMetric.ownWords, default: "error",
    help: "which metric; a plugin's where the curve was measured with it")

  /// The metrics of plugins that are measured beside loss and error.
  static let metrics = Parameter(
    "metric", .metrics, isOptional: true,
    help: "a plugin's metric, or a list of them, to measure beside loss and error")

  /// Two networks or more.
  static let nets = Parameter(
    "nets", .value([.network, .networks, .result, .list]),
    help: "the networks: single ones, lists, or what a search left")

  /// What is put right in networks between others before they are scored.
  static let recalibrate = Parameter(
    "recalibrate", .word([Self.noRecalibration] + RecalibrationMethod.allCases.map(\.rawValue)),
    default: noRecalibration,
    help: "what is put right in networks between others before they are scored")
  static let noRecalibration = "none"
  static let calibrate = Parameter(
    "calibrate", .value([.data]), isOptional: true,
    help: "the data that `recalibrate=` runs networks over; otherwise those of the searches, or "
      + "what is measured on")

  /// How a table or value is written.
  static let format = Parameter(
    "as", .word(OutputFormat.allCases.map(\.rawValue)), isOptional: true,
    help: "how to write it; otherwise as `set format=` says")

  /// Which column orders the rows.
  static let by = Parameter("by", .column, help: "the column that orders or groups")
}

/// How values are written.
enum OutputFormat: String, Hashable, Sendable, CaseIterable {
  case table, plain, md, csv, json
}
