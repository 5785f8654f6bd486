import Contract
import Kernel

extension Command {
  /// Shows a few samples in figures.
  static let peek = Command(
    "peek", .files, "look at a few samples: labels, and the least, largest and mean value",
    details: "The lines below say how many samples each class has and how they were normalized.",
    positional: [Parameter("data", .value([.data]), help: "the data to look at")],
    keywords: [
      Parameter("count", .integer(1...1000), default: "5", help: "how many samples"),
      Parameter("first", .integer(1...Int.max), default: "1", help: "the first of them, from 1"),
    ],
    results: .kinds([.table]), examples: ["peek train", "peek train count=3 first=10"],
    examplePreparation: ["train, test = make blobs samples=200"],
    seeAlso: ["load", "make", "split"]
  ) { call throws(Failure) in
    let data = call.data()
    let first = call.integer("first") - 1
    guard first < data.count else {
      throw Failure(
        .outOfRange, "`first` is \(first + 1), and \(data.name) has \(data.count) samples")
    }
    let samples = first..<min(first + call.integer("count"), data.count)
    return [.table(data.peekTable(at: samples))]
  }
}

extension DataSet {
  /// One row for each of the samples, and what holds for all of them below.
  fileprivate func peekTable(at samples: Range<Int>) -> Table {
    let size = sampleShape.reduce(1, *)
    let rows = inputs.withBuffer { values in
      samples.map { sample -> [Table.Cell] in
        let own = values[sample * size..<(sample + 1) * size]
        let mean = own.reduce(0.0) { $0 + Double($1) } / Double(size)
        return [
          .integer(sample + 1), .integer(Int(labels[sample])),
          .real(Double(own.min() ?? .nan)), .real(Double(own.max() ?? .nan)), .real(mean),
        ]
      }
    }
    var table = Table(
      columns: [
        .init("sample", .integer), .init("label", .integer), .init("min", .real),
        .init("max", .real), .init("mean", .real),
      ],
      rows: rows)
    table.notes = [
      "\(name): \(count) samples of \(shapeText(sampleShape))", classText, normalizationText,
    ]
    return table
  }

  private var classText: String {
    let counts = samplesPerClass
    guard let least = counts.min(), let most = counts.max() else { return "no classes" }
    if least == most { return "\(classCount) classes, \(least) samples each" }
    // More than a dozen counts in a line are no help.
    if classCount > 12 { return "\(classCount) classes, \(least) to \(most) samples each" }
    return "samples per class: " + counts.map(String.init).joined(separator: " ")
  }

  private var normalizationText: String {
    guard let normalization else { return "not normalized" }
    func text(_ values: [Double]) -> String {
      values.map { Content.significant($0) }.joined(separator: " ")
    }
    return "normalized by mean \(text(normalization.mean)) and deviation "
      + text(normalization.standardDeviation)
  }
}
