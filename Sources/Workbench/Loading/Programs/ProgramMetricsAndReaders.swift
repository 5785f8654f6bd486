import Contract
import Foundation
import Kernel

extension ProgramPool {
  /// The metric of predictions: logits of shape [samples, classes], and the right classes.
  ///
  /// - Throws: `stopped` where `stop` was raised before there was a value.
  func value(
    of metric: String, logits: Tensor, labels: [UInt8], stop: StopSignal
  ) throws(Failure) -> Double {
    try use(stop, "it") { process throws(Failure) in
      let folder = try PrivateFolder(for: 4 * logits.count + labels.count)
      try folder.write(logits, to: "logits.npy")
      try folder.write(labels, to: "labels.npy")
      let id = process.nextRequest()
      let request = JSON.object([
        .init("type", .text("metric")), .init("id", .integer(id)), .init("metric", .text(metric)),
        .init("folder", .text(folder.path)), .init("logits", .text("logits.npy")),
        .init("labels", .text("labels.npy")),
      ])
      return try process.answer(
        to: request, id: id, folder: folder, isStopped: { stop.isRaised }, limits: limits
      ) { message throws(Failure) -> Double? in
        switch message.kind {
        // JSON has no NaN: null is what a metric gives that could not be counted.
        case .value: return try message.fields.real("value") ?? .nan
        case .progress, .note: return nil
        default: throw message.unexpected(from: process.name)
        }
      }
    }
  }

  /// Lets `body` ask for what is of no use in part: once stopped, it does not matter how it failed.
  private func use<Answer>(
    _ stop: StopSignal, _ what: String, _ body: (ProgramProcess) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    do throws(Failure) { return try use(isStopped: { stop.isRaised }, body) } catch {
      guard stop.isRaised, error.code == .pluginEnded else { throw error }
      throw Failure(.stopped, "\(what) was stopped")
    }
  }

  /// The data sets that a reader finds in a file.
  func read(_ path: String, by reader: String, stop: StopSignal) throws(Failure) -> [DataSet] {
    try use(stop, "reading `\(path)`") { process throws(Failure) in
      // How much there will be nobody knows: a folder on disk holds the most.
      let folder = try PrivateFolder(
        for: FileContent.exists(path) ? 4 * FileContent.size(of: path) : 0)
      let id = process.nextRequest()
      let request = JSON.object([
        .init("type", .text("read")), .init("id", .integer(id)), .init("reader", .text(reader)),
        .init("folder", .text(folder.path)),
        .init("path", .text(URL(fileURLWithPath: path).path)),
      ])
      return try process.answer(
        to: request, id: id, folder: folder, isStopped: { stop.isRaised }, limits: limits
      ) { message throws(Failure) -> [DataSet]? in
        switch message.kind {
        case .data:
          return try sets(message.fields, folder: folder, path: path, reader: reader)
        case .progress, .note: return nil
        default: throw message.unexpected(from: process.name)
        }
      }
    }
  }

  private func sets(
    _ fields: ProgramFields, folder: PrivateFolder, path: String, reader: String
  ) throws(Failure) -> [DataSet] {
    let parts = try fields.list("sets") ?? []
    guard parts.count <= 2 else {
      throw fields.fault("has \(parts.count) data sets; one, or one to train on and one to test")
    }
    var sets: [DataSet] = []
    // All of them together are held in memory.
    var room = limits.memory
    let name = path.split(separator: "/").last.map(String.init) ?? path
    for json in parts {
      let part = ProgramFields(json, fields.what)
      let samples = try folder.read(
        try part.requiredText("inputs"), limit: room, for: "\(fields.what): `inputs`")
      room -= samples.bytes.count
      let labels = try folder.read(
        try part.requiredText("labels"), limit: room, for: "\(fields.what): `labels`")
      room -= labels.bytes.count
      guard samples.shape.count >= 2, labels.shape.count == 1 else {
        throw fields.fault(
          "has inputs of the shape \(shapeText(samples.shape)) and labels of the shape "
            + "\(shapeText(labels.shape)); samples × numbers and one label each are expected")
      }
      // Images as bytes are normalized by the figures of the first set, as files of them are.
      let rule: NormalizationRule =
        samples.type != .u8
        ? .none : sets.first.map { $0.normalization.map { .fixed($0) } ?? .none } ?? .measured
      let source = DataSource("\(path), read by \(reader)", files: [path])
      let usual = sets.isEmpty ? name : "\(name) test"
      sets.append(
        try DataSet(
          name: try part.text("name") ?? usual, array: samples, labels: try Self.bytes(labels),
          classCount: try part.integer("classes"), normalization: rule, source: source))
    }
    return sets
  }

  private static func bytes(_ labels: NamedArray) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    for (place, label) in try labels.integers().enumerated() {
      guard let byte = UInt8(exactly: label) else {
        throw Failure(
          .badData, "label \(label) stands at sample \(place + 1)",
          notes: ["labels are from 0 to 255"])
      }
      bytes.append(byte)
    }
    return bytes
  }
}

extension DataSet {
  /// Samples of bytes or of other numbers, whose first axis counts them.
  fileprivate init(
    name: String, array: NamedArray, labels: [UInt8], classCount: Int?,
    normalization: NormalizationRule, source: DataSource
  ) throws(Failure) {
    guard array.type == .u8 else {
      try self.init(
        name: name, values: Tensor(shape: array.shape, values: array.floats), labels: labels,
        classCount: classCount, normalization: normalization, source: source)
      return
    }
    try self.init(
      name: name, pixels: array.bytes, sampleShape: Array(array.shape.dropFirst()),
      labels: labels, classCount: classCount, normalization: normalization, source: source)
  }
}
