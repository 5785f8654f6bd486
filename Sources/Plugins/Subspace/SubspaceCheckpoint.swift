import Contract
import Foundation
import Kernel

// The state as bytes: eight that hold the length of a head in JSON, the head, and then weights and
// velocities of corner after corner as little-endian 32-bit floats.

/// What stands before the weights.
private struct Head: Codable {
  var corners: Int
  var epoch: Int
  var batch: Int
  /// As bits: a sum must come back whole.
  var lossSum: UInt64
  var errorCount: Int
  var history: [EpochRecord]
  var scores: [CentreScore]
  var seconds: Double

  struct CentreScore: Codable {
    var loss: UInt64
    var errorCount: Int
    var count: Int
    var seconds: Double
  }
}

extension SubspaceState {
  /// The state as a checkpoint.
  func checkpoint(method: String, share: Double) -> SearchCheckpoint {
    let head = Head(
      corners: corners.count, epoch: epoch, batch: batch, lossSum: lossSum.bitPattern,
      errorCount: errorCount, history: history,
      scores: zip(centreScores, centreSeconds).map {
        .init(
          loss: $0.loss.bitPattern, errorCount: $0.errorCount, count: $0.count, seconds: $1)
      }, seconds: seconds)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let text = try? encoder.encode(head) else {
      preconditionFailure("numbers that JSON cannot hold")
    }
    var bytes: [UInt8] = []
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes += $0 }
    bytes += text
    for tensor in corners.joined() { tensor.withBuffer { bytes += UnsafeRawBufferPointer($0) } }
    for tensor in velocities.joined() {
      tensor.withBuffer { bytes += UnsafeRawBufferPointer($0) }
    }
    return SearchCheckpoint(method: method, share: min(max(share, 0), 1), bytes: bytes)
  }

  /// The state of a checkpoint; throws where it is of another method, or of other networks.
  init(
    _ checkpoint: SearchCheckpoint, method: String, graph: Graph, corners count: Int
  ) throws(Failure) {
    guard checkpoint.method == method else {
      throw Failure(
        .incompatible, "the checkpoint is of \(checkpoint.method), and this is \(method)",
        notes: ["start the search anew"])
    }
    let damaged = Failure(.fileMalformed, "the checkpoint of the search cannot be read")
    let bytes = checkpoint.bytes
    guard bytes.count >= 8 else { throw damaged }
    let length = bytes.withUnsafeBytes {
      UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    }
    let weights = graph.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let size = 2 * count * weights * MemoryLayout<Float>.size
    guard length < UInt64(bytes.count), bytes.count - 8 - Int(length) == size,
      let head = try? JSONDecoder().decode(
        Head.self, from: Data(bytes[8..<8 + Int(length)])),
      head.corners == count, head.epoch >= 0, head.batch >= 0,
      head.history.count == head.epoch, (head.epoch...head.epoch + 1).contains(head.scores.count),
      (head.scores.map(\.seconds) + [head.seconds]).allSatisfy({
        SearchCheckpoint.possibleSeconds.contains($0)
      })
    else { throw damaged }
    var offset = 8 + Int(length)
    func next() -> [Tensor] {
      graph.parameters.map { parameter in
        var tensor = Tensor(shape: parameter.shape)
        let size = tensor.count * MemoryLayout<Float>.size
        tensor.withMutableBuffer { buffer in
          UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes[offset..<offset + size])
        }
        offset += size
        return tensor
      }
    }
    let corners = (0..<count).map { _ in next() }
    self.init(corners: corners, velocities: (0..<count).map { _ in next() })
    guard (self.corners + velocities).joined().allSatisfy(\.isFinite) else { throw damaged }
    (epoch, batch, errorCount) = (head.epoch, head.batch, head.errorCount)
    lossSum = Double(bitPattern: head.lossSum)
    history = head.history
    centreScores = head.scores.map {
      Score(loss: Double(bitPattern: $0.loss), errorCount: $0.errorCount, count: $0.count)
    }
    centreSeconds = head.scores.map(\.seconds)
    seconds = head.seconds
  }
}
