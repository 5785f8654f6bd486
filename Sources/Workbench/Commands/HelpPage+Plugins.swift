import Contract
import Kernel

// Pages of help on what plugins brought.
extension HelpPage {
  init(_ metric: PredictionMetric) {
    let card = metric.card
    let direction = card.isLowerBetter ? "Less is better." : "More is better."
    let measure = card.isShare ? " It is a share of the samples." : ""
    self.init(
      name: card.id, kind: "metric", purpose: card.summary,
      usage: ["eval", "barrier"].map { "\($0) NETS… data=… metric=\(card.id)" }
        + ["curve FIRST SECOND data=… metric=\(card.id)"],
      text: [card.description, direction + measure, Self.versionText(card.version, metric.origin)]
        .joined(separator: "\n\n"),
      examples: [
        Example("(eval a data=test metric=\(card.id)).\(card.id)"),
        Example("curve a b data=test metric=\(card.id) |> plot metric=\(card.id)"),
      ],
      seeAlso: ["eval", "curve", "barrier", "plugins"], papers: card.papers)
  }

  init(_ reader: DataReader) {
    let card = reader.card
    let endings =
      card.endings.isEmpty
      ? "No ending of a name chooses it; `reader=\(card.id)` does."
      : "`load` takes it for files that end in \(card.endings.joined(separator: ", ")) where their "
        + "first bytes tell no other format."
    self.init(
      name: card.id, kind: "reader", purpose: card.summary,
      usage: ["load FILE reader=\(card.id)"],
      text: [card.description, endings, Self.versionText(card.version, reader.origin)]
        .joined(separator: "\n\n"),
      examples: [Example("train = load samples\(card.endings.first ?? "") reader=\(card.id)")],
      seeAlso: ["load", "plugins"])
  }

  /// The version, and the file that what the page is about came in.
  static func versionText(_ version: String, _ origin: PluginOrigin?) -> String {
    guard let origin else { return "Version \(version)." }
    return "Version \(version), from `\(origin.path)` (sha256 \(origin.hash.hex.prefix(12)))."
  }
}
