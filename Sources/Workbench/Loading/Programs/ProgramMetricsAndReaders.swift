import Contract
import Foundation
import Kernel

extension ProgramPool {
  /// The metric of predictions: logits of shape [samples, classes], and the right classes.
  func value(
    of metric: String, logits: Tensor, labels: [UInt8]
  ) throws(Failure) -> Double {
    try use(isStopped: { false }) { process throws(Failure) in
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
        to: request, id: id, isStopped: { false }, limits: limits
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

  /// The data sets that a reader finds in a file.
  func read(_ path: String, by reader: String, stop: StopSignal) throws(Failure) -> [DataSet] {
    try use(isStopped: { stop.isRaised }) { process throws(Failure) in
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
        to: request, id: id, isStopped: { stop.isRaised }, limits: limits,
        onGraceOver: { _ throws(Failure) -> [DataSet] in
          throw Failure(.stopped, "reading `\(path)` was stopped")
        }
      ) { message throws(Failure) -> [DataSet]? in
        switch message.kind {
        case .data:
          return try sets(message.fields, folder: folder, path: path)
        case .progress, .note: return nil
        default: throw message.unexpected(from: process.name)
        }
      }
    }
  }

  private func sets(
    _ fields: ProgramFields, folder: PrivateFolder, path: String
  ) throws(Failure) -> [DataSet] {
    var sets: [DataSet] = []
    let name = path.split(separator: "/").last.map(String.init) ?? path
    for json in try fields.list("sets") ?? [] {
      let part = ProgramFields(json, fields.what)
      let samples = try folder.read(
        try part.requiredText("inputs"), limit: limits.memory, for: "\(fields.what): `inputs`")
      let labels = try folder.read(
        try part.requiredText("labels"), limit: limits.memory, for: "\(fields.what): `labels`")
      guard samples.shape.count >= 2, labels.shape.count == 1 else {
        throw fields.fault(
          "has inputs of the shape \(shapeText(samples.shape)) and labels of the shape "
            + "\(shapeText(labels.shape)); samples × numbers and one label each are expected")
      }
      // Images as bytes are normalized by the figures of the first set, as files of them are.
      let rule: NormalizationRule =
        samples.type != .u8
        ? .none : sets.first.map { $0.normalization.map { .fixed($0) } ?? .none } ?? .measured
      let source = DataSource("\(path), read by \(command.name)", files: [path])
      let usual = sets.isEmpty ? name : "\(name) test"
      sets.append(
        try DataSet(
          name: try part.text("name") ?? usual, array: samples, labels: try Self.bytes(labels),
          classCount: try part.integer("classes"), normalization: rule, source: source))
    }
    guard sets.count <= 2 else {
      throw fields.fault("has \(sets.count) data sets; one, or one to train on and one to test")
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
