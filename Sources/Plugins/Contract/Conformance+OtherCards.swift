import Kernel

extension Conformance {
  /// What is wrong with a metric's card.
  public static func complaints(aboutCardOf metric: PredictionMetric) -> [String] {
    let card = metric.card
    return complaints(card.id, card.summary, card.description, card.version)
  }

  /// What is wrong with a reader's card.
  public static func complaints(aboutCardOf reader: DataReader) -> [String] {
    let card = reader.card
    var complaints = complaints(card.id, card.summary, card.description, card.version)
    for ending in card.endings where !ending.hasPrefix(".") || ending.count < 2 {
      complaints.append("the ending `\(ending)` is not written as in `.csv`")
    }
    return complaints
  }

  /// What is wrong with what every card says.
  static func complaints(
    _ id: String, _ summary: String, _ description: String, _ version: String
  ) -> [String] {
    var complaints: [String] = []
    if !isWord(id) { complaints.append("the id `\(id)` is no word of a-z, 0-9 and _") }
    complaints += lineComplaints(summary, of: "the summary")
    if description.isEmpty { complaints.append("there is no description") }
    if version.isEmpty { complaints.append("there is no version") }
    return complaints
  }
}
