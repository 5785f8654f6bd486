import Contract
import Foundation
import Kernel
import Plugins

@testable import Workbench

// Metrics and readers that live in the tests, as if plugins had brought them.

extension Lexicon {
  /// Everything that is built in, with metrics and readers.
  static let plugged = plugged([
    PredictionMetric(CrossEntropyMetric.self), PredictionMetric(TopOneMetric.self),
    PredictionMetric(NoNumberMetric.self), PredictionMetric(ThrowingMetric.self),
  ])

  static func plugged(_ metrics: [PredictionMetric]) -> Lexicon {
    let readers: [any DataReaderPlugin.Type] = [
      LinesReader.self, NoNumberReader.self, ThrowingReader.self, BytesReader.self,
    ]
    let plugin = Plugin(
      methods: [], metrics: metrics, readers: readers.map { DataReader($0) })
    let origin = PluginOrigin(
      path: "plugins/own.swift", name: "own.swift", hash: ContentHash(of: [1]))
    return Lexicon(
      commands: CommandTable.all, methods: Registry.all,
      plugins: [LoadedPlugin(plugin, origin: origin)])
  }
}

/// The mean cross-entropy, summed as the definition has it.
struct CrossEntropyMetric: MetricPlugin {
  static let card = MetricCard(
    id: "nll", summary: "mean cross-entropy", description: "The loss once more.",
    papers: ["A paper on likelihood"])

  func value(logits: Tensor, labels: [UInt8]) -> Double {
    let classes = logits.shape[1]
    let values = logits.values
    let losses = labels.enumerated().map { sample, label in
      let row = values[sample * classes..<(sample + 1) * classes].map(Double.init)
      let largest = row.max() ?? 0
      return log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[Int(label)]
    }
    return losses.reduce(0, +) / Double(labels.count)
  }
}

/// The accuracy: a share, of which more is better.
struct TopOneMetric: MetricPlugin {
  static let card = MetricCard(
    id: "top1", summary: "share of right predictions", description: "The accuracy once more.",
    version: "3", isShare: true, isLowerBetter: false)

  func value(logits: Tensor, labels: [UInt8]) -> Double {
    let classes = logits.shape[1]
    let values = logits.values
    let hits = labels.enumerated().count { sample, label in
      let row = Array(values[sample * classes..<(sample + 1) * classes])
      return row.firstIndex(of: row.max() ?? 0) == Int(label)
    }
    return Double(hits) / Double(labels.count)
  }
}

struct NoNumberMetric: MetricPlugin {
  static let card = MetricCard(id: "no_number", summary: "nothing", description: "Gives NaN.")
  func value(logits: Tensor, labels: [UInt8]) -> Double { .nan }
}

struct ThrowingMetric: MetricPlugin {
  static let card = MetricCard(id: "throwing", summary: "nothing", description: "Throws.")
  func value(logits: Tensor, labels: [UInt8]) throws(Failure) -> Double {
    throw Failure(.badData, "two classes are wanted")
  }
}

/// Lines `label,x,y`; an empty line parts the training samples from the test samples.
struct LinesReader: DataReaderPlugin {
  static let card = DataReaderCard(
    id: "lines", summary: "samples as lines of numbers", description: "A label, then the values.",
    version: "2", endings: [".csv", ".csv.gz"])

  func read(_ path: String, stop: StopSignal) throws(Failure) -> [DataSet] {
    var sets: [DataSet] = []
    let parts = String(decoding: try FileContent.read(path), as: UTF8.self)
      .components(separatedBy: "\n\n")
    for (index, part) in parts.enumerated() {
      if stop.isRaised { throw Failure(.stopped, "reading was stopped") }
      let rows = part.split(separator: "\n").map {
        $0.split(separator: ",").compactMap { Float($0) }
      }
      let width = (rows.first?.count ?? 1) - 1
      sets.append(
        try DataSet(
          name: ["train", "test"][index],
          values: Tensor(shape: [rows.count, width], values: rows.flatMap { $0.dropFirst() }),
          labels: rows.map { UInt8($0[0]) }, classCount: 3, source: DataSource("made here")))
    }
    return sets
  }
}

/// Data that were made without any check.
struct NoNumberReader: DataReaderPlugin {
  static let card = DataReaderCard(
    id: "no_numbers", summary: "nothing", description: "Gives NaN.", endings: [".nan"])
  func read(_ path: String, stop: StopSignal) -> [DataSet] {
    [
      DataSet(
        name: "nans", inputs: Tensor(shape: [2, 1], values: [0, .nan]), labels: [0, 1],
        classCount: 2)
    ]
  }
}

struct ThrowingReader: DataReaderPlugin {
  static let card = DataReaderCard(
    id: "refusing", summary: "nothing", description: "Throws.", endings: [".bad"])
  func read(_ path: String, stop: StopSignal) throws(Failure) -> [DataSet] {
    throw Failure(.fileMalformed, "line 3 is no number", notes: ["numbers are parted by commas"])
  }
}

/// The file's bytes as images of one pixel, normalized by the reader itself.
struct BytesReader: DataReaderPlugin {
  static let card = DataReaderCard(
    id: "bytes", summary: "every byte an image", description: "Labels are 0 and 1 in turn.")
  func read(_ path: String, stop: StopSignal) throws(Failure) -> [DataSet] {
    let bytes = try FileContent.read(path)
    return [
      try DataSet(
        name: "bytes", pixels: bytes, sampleShape: [1, 1, 1],
        labels: bytes.indices.map { UInt8($0 % 2) }, source: DataSource("bytes", files: [path]))
    ]
  }
}
