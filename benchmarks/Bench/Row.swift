import Kernel

/// One line of the table: a piece of work that Basin and other tools do alike.
struct Row: Sendable {
  /// The name by which it is chosen, and which the peers use, too.
  var name: String
  /// What the work is, for people.
  var title: String
  /// What one count of the work is.
  var unit: String
  /// The most seconds per unit that are asked of Basin on a machine of the class that the README
  /// describes; `nil` where the row only says how fast the machine or the peer is.
  var reach: Double?
  /// Whether one run is short enough for `--quick`.
  var isQuick: Bool
  /// Whether the first run of a process is not counted: it takes less than a second, and first
  /// touches of memory would be a large part of it.
  var warmsUp: Bool
  /// Sets the work up and returns what does it once, timed.
  var prepare: @Sendable (Workplace) throws(Failure) -> () throws(Failure) -> Timing

  init(
    _ name: String, _ title: String, unit: String, reach: Double? = nil, isQuick: Bool = true,
    warmsUp: Bool = false,
    prepare: @escaping @Sendable (Workplace) throws(Failure) -> () throws(Failure) -> Timing
  ) {
    self.name = name
    self.title = title
    self.unit = unit
    self.reach = reach
    self.isQuick = isQuick
    self.warmsUp = warmsUp
    self.prepare = prepare
  }

  /// Every row, in the order of the table.
  static let all =
    trainingRows + imageRows + convolutionRows + annealingRows + curveRows + matchingRows
    + assignmentRows
    + machineRows
    + sessionRows + languageRows + pluginRows

  /// The rows with these names, in the order of the table; all where none is given.
  static func named(_ names: [String]) throws(Failure) -> [Row] {
    for name in names where !all.contains(where: { $0.name == name }) {
      throw Failure(
        .incompatible, "there is no row `\(name)`",
        notes: ["the rows are \(all.map(\.name).joined(separator: ", "))"])
    }
    return names.isEmpty ? all : all.filter { names.contains($0.name) }
  }

  /// Times the work `count` times.
  func measure(in workplace: Workplace, count: Int) throws(Failure) -> [Measurement] {
    let run = try prepare(workplace)
    if warmsUp { _ = try run() }
    var result: [Measurement] = []
    for _ in 0..<count {
      let timing = try run()
      result.append(
        Measurement(
          task: name, variant: "basin", seconds: timing.seconds, unit: unit,
          detail: timing.detail))
    }
    return result
  }
}
