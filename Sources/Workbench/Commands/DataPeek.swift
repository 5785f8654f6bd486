import Contract
import Kernel

extension Command {
  /// Shows a few samples in figures.
  static let peek = Command(
    "peek", .files, "look at a few samples of data, or at what a file holds",
    details: """
      Of data: a few samples with their labels and their least, largest and mean value; the lines \
      below say how many samples each class has and how they were normalized. Of a file of arrays, \
      named in quotes: names, shapes and types; of a file of images or one that a plugin's reader \
      knows, samples of its first set, with pixels from 0 to 1.
      """,
    positional: [
      Parameter("data", .value([.data, .text]), help: "the data, or a file's name in quotes")
    ],
    keywords: [
      Parameter("count", .integer(1...1000), default: "5", help: "how many samples"),
      Parameter("first", .integer(1...Int.max), default: "1", help: "the first of them, from 1"),
    ],
    results: .kinds([.table]),
    examples: ["peek train", "peek train count=3 first=10", "peek 'blobs.npz'"],
    examplePreparation: ["train, test = make blobs samples=200", "save train blobs.npz"],
    seeAlso: ["load", "make", "split"]
  ) { call throws(Failure) in
    if let path = call.textIfGiven("data") {
      guard let reader = try call.session.lexicon.reader(byEndingOf: path) else {
        if FileContent.exists(path), try ImageFormat(of: path) != nil {
          let sets = try DataSet.load(path, normalization: NormalizationRule.none, stop: call.stop)
          return [.table(try sets[0].peekTable(call))]
        }
        return [.table(try ArrayFile.read(path, stop: call.stop).peekTable)]
      }
      call.record(PluggedPart(.reader, reader.version))
      return [.table(try reader.read(path, stop: call.stop)[0].peekTable(call))]
    }
    return [.table(try call.data().peekTable(call))]
  }
}

extension DataSet {
  /// The samples that a call asks for.
  fileprivate func peekTable(_ call: Invocation) throws(Failure) -> Table {
    let first = call.integer("first") - 1
    guard first < count else {
      throw Failure(.outOfRange, "`first` is \(first + 1), and \(name) has \(count) samples")
    }
    return peekTable(at: first..<min(first + call.integer("count"), count))
  }
}

extension ArrayFile {
  /// One row for each array, and what is not read below.
  fileprivate var peekTable: Table {
    var table = Table(
      columns: [.init("array", .text), .init("shape", .text), .init("type", .text)],
      rows: arrays.map { [.text($0.name), .text(shapeText($0.shape)), .text($0.type.rawValue)] })
    // Longer texts are for programs.
    table.notes =
      [path]
      + metadata.entries.filter { $0.text.utf8.count < 80 }.map { "\($0.name): \($0.text)" }
    if !skipped.isEmpty { table.notes.append("not read: " + skipped.joined(separator: ", ")) }
    return table
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
