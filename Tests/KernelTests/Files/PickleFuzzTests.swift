import Foundation
import TestSupport
import Testing

@testable import Kernel

/// Pickles with mistakes that nobody thought of: the reader of PyTorch's files must say what is wrong
/// and never crash, hang or take memory without end.
///
/// A few thousand cases in `make test`, and as long as BASIN_FUZZ_SECONDS says in `make fuzz`.
@Suite(.serialized) struct PickleFuzzTests {
  private static let seconds = ProcessInfo.processInfo.environment["BASIN_FUZZ_SECONDS"]
    .flatMap { Double($0) }
  private static let cases = 3_000
  /// Some hundred bytes take microseconds, and 64 MiB of expanded tensors a tenth of a second; the rest
  /// is what neighbours on the machine may take away.
  private static let slow = 10.0

  /// The pickles of PyTorch's own files, with their storages.
  private static func corpus() throws -> [TorchArchive] {
    try [
      "torch.pt", "torch_checkpoint.pt", "torch_pair.pt", "torch_list.pt", "torch_types.pt",
      "torch_views.pt", "torch_protocol4.pt", "torch_protocol5.pt", "torch_model.pt",
    ].map { name in
      let archive = try ZipReader(Fixture.bytes(name), source: name)
      let torch = try TorchArchive(archive, stop: nil)
      var storages: [String: [UInt8]] = [:]
      for key in torch.storageSizes.keys { storages[key] = try torch.storage(key) }
      return TorchArchive(pickle: torch.pickle, storages: storages)
    }
  }

  /// What is put in, beside single bytes: opcodes, functions, numbers at the edge.
  private static let pieces: [[UInt8]] =
    (0...255).compactMap { PickleOpcode(rawValue: $0).map { [$0.rawValue] } }
    + [
      "torch\nFloatStorage\n", "torch\nLongStorage\n", "collections\nOrderedDict\n", "os\nsystem\n",
      "torch._utils\n_rebuild_tensor_v2\n", "torch._utils\n_rebuild_tensor_v3\n",
      "torch._utils\n_rebuild_parameter\n", "torch._tensor\n_rebuild_from_type_v2\n",
      "torch\nSize\n", "torch\nuint16\n", "torch.storage\nUntypedStorage\n",
      "collections\nCounter\n",
    ].map { [PickleOpcode.global.rawValue] + Array($0.utf8) }
    + [
      [0x8A, 8, 255, 255, 255, 255, 255, 255, 255, 127], [0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 128],
      [0x8A, 4, 255, 255, 255, 127], [0x4A, 255, 255, 255, 255], [0x4B, 0], [0x4B, 1], [0x85],
      [0x8A, 5, 0, 0, 0, 0, 1], [0x29, 0x52], [0x68, 0], [0x68, 1], [0x68, 6], [0x68, 13],
    ]

  private func mutated(_ pickle: [UInt8], _ stream: inout RandomStream) -> [UInt8] {
    var pickle = pickle
    // Often a little only, so that much of what follows is still understood.
    if stream.nextInt(below: 2) == 0 {
      let place = stream.nextInt(below: pickle.count)
      pickle[place] = stream.nextInt(below: 2) == 0 ? pickle[place] &+ 1 : pickle[place] &- 1
      return pickle
    }
    for _ in 0...stream.nextInt(below: 4) {
      let place = stream.nextInt(below: pickle.count + 1)
      let piece = Self.pieces[stream.nextInt(below: Self.pieces.count)]
      switch stream.nextInt(below: 6) {
      case 0: pickle.insert(contentsOf: piece, at: place)
      case 1 where !pickle.isEmpty:
        let end = min(pickle.count, place + 1 + stream.nextInt(below: 12))
        pickle.removeSubrange(min(place, end)..<end)
      case 2 where place < pickle.count: pickle[place] = UInt8(stream.nextInt(below: 256))
      case 3 where place < pickle.count:
        pickle.replaceSubrange(place..<min(pickle.count, place + piece.count), with: piece)
      case 4 where !pickle.isEmpty:
        let start = stream.nextInt(below: pickle.count)
        let end = min(pickle.count, start + stream.nextInt(below: 80))
        pickle.insert(contentsOf: pickle[start..<end], at: place)
      default:
        let count = 1 << stream.nextInt(below: 9)
        pickle.insert(contentsOf: (0..<count).flatMap { _ in piece }, at: place)
      }
    }
    return pickle
  }

  @Test func picklesAreReadOrRefused() throws {
    let corpus = try Self.corpus()
    var stream = RandomStream(seed: 1, name: "pickle")
    let clock = ContinuousClock()
    let begin = clock.now
    var count = 0
    var readCount = 0
    while count < Self.cases
      || Self.seconds.map({ begin.duration(to: clock.now) < .seconds($0) }) == true
    {
      count += 1
      let original = corpus[stream.nextInt(below: corpus.count)]
      let pickle = mutated(original.pickle, &stream)
      var storages: [String: [UInt8]] = [:]
      for key in original.storageSizes.keys { storages[key] = try original.storage(key) }
      let start = clock.now
      let failure = Fixture.failure {
        let arrays = try TorchArchive(pickle: pickle, storages: storages).read(source: "x").arrays
        for array in arrays {
          #expect(array.type.byteCount(shape: array.shape) == array.bytes.count)
        }
      }
      if failure == nil { readCount += 1 }
      guard start.duration(to: clock.now) < .seconds(Self.slow) else {
        Issue.record("case \(count) took \(start.duration(to: clock.now)): \(pickle)")
        return
      }
    }
    // As many that are still whole as tell that more than the first opcode was looked at.
    #expect(readCount > count / 50)
    if Self.seconds != nil { print("pickles: \(count) cases, \(readCount) of them read") }
  }
}
