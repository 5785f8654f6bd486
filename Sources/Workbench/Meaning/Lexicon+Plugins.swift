import Contract
import Kernel

// Words that only plugins bring: metrics and readers.
extension Lexicon {
  /// The failure of a value that names a metric or a reader that is not there; `nil` for all others.
  func failure(ofWordsIn content: Content, for parameter: Parameter) -> Failure? {
    let known: (String) -> Bool
    let unknown: (String) -> Failure
    switch parameter.kind {
    case .metric, .metrics: (known, unknown) = ({ metric($0) != nil }, unknownMetric)
    case .reader: (known, unknown) = ({ reader($0) != nil }, unknownReader)
    default: return nil
    }
    let words = (content.words ?? []).filter { !parameter.words.contains($0) }
    guard let word = words.first(where: { !known($0) }) else { return nil }
    guard parameter.words.isEmpty else {
      return parameter.badChoice(word, among: parameter.words + metrics.map(\.id))
    }
    return unknown(word)
  }

  /// There is no such metric.
  func unknownMetric(_ word: String) -> Failure {
    let isOwn = ["loss", "error", "accuracy"].contains(word)
    return Failure(
      .unknownMetric, "there is no metric `\(word)`",
      notes: isOwn
        ? ["loss and error are always measured; `metric=` adds those of plugins"]
        : others(word, metrics.map(\.id), "metrics"))
  }

  /// There is no such reader.
  func unknownReader(_ word: String) -> Failure {
    Failure(
      .unknownReader, "there is no reader `\(word)`",
      notes: others(word, readers.map(\.id), "readers"))
  }

  private func others(_ word: String, _ ids: [String], _ kind: String) -> [String] {
    guard !ids.isEmpty else {
      return ["\(kind) come with plugins, and none that is loaded brings one: `help plugins`"]
    }
    let near = nearest(word, among: ids).map { ["did you mean `\($0)`?"] } ?? []
    return near + ["\(kind): " + ids.joined(separator: " ")]
  }

  /// The reader whose ending a file's name has, the longest ending first.
  func reader(forFileNamed path: String) -> DataReader? {
    let name = path.lowercased()
    var best: (reader: DataReader, length: Int)?
    for reader in readers {
      for ending in reader.card.endings
      where name.hasSuffix(ending.lowercased()) && ending.count > best?.length ?? 0 {
        best = (reader, ending.count)
      }
    }
    return best?.reader
  }

  /// The version in which a recorded metric or reader is here; `nil` where it is not.
  func version(of recorded: PluggedPart) -> String? {
    let id = recorded.version.split(separator: " ").first.map(String.init) ?? ""
    switch recorded.role {
    case .metric: return metric(id)?.version
    case .reader: return reader(id)?.version
    }
  }

  /// Whether a part of a score, a curve or a barrier is a metric's: `brier`, `brier_alpha`.
  func isMetricPart(_ name: String) -> Bool {
    metrics.contains { MetricPart.names(of: $0.id).contains(name) }
  }

  /// What makes a metric's id one that `s.ID` or a column could be taken for something else by;
  /// `nil` for all others.
  static func clash(ofMetric id: String) -> String? {
    let owners: [ValueKind] = [.score, .curve, .barrier]
    // Columns of the tables that metrics stand in.
    let columns = ["network", "data", "samples", "first", "second", "alpha"]
    let taken = owners.flatMap(Member.members(of:)).map(\.name) + columns
    if let name = MetricPart.names(of: id).first(where: taken.contains) {
      return "`\(name)` is a part of scores or barriers already"
    }
    return MetricPart.isDerived(id) ? "`\(id)` is read as a part of another metric" : nil
  }
}
