import Foundation
import TestSupport
import Testing

@testable import Kernel

/// State dictionaries and maps with mistakes that nobody thought of: they are read or refused, and
/// nothing crashes, hangs or takes memory without end.
///
/// Some hundred cases in `make test`, and as long as BASIN_FUZZ_SECONDS says in `make fuzz`. The same
/// cases in the same order each time.
@Suite(.serialized) struct StateDictionaryFuzzTests {
  private static let seconds = ProcessInfo.processInfo.environment["BASIN_FUZZ_SECONDS"]
    .flatMap { Double($0) }
  private static let cases = 400
  /// Processor seconds; reading whole takes some milliseconds.
  private static let slow = 2.0

  private static let names = [
    "conv1", "bn1", "layer1.0.conv1", "layer1.0.conv3", "layer5.0.conv1", "layer2.0.shortcut.0",
    "fc", "linear", "features.0", "features.1", "features.99999999999999999999", "classifier",
    "classifier.0", "classifier.6", "module", "module.module", "_orig_mod", "0", "1", "-1", "", ".",
    "/", "a/0", "é.0", " ", "running_mean",
  ]
  private static let roles = [
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked", "", "other",
  ]
  private static let statements = [
    "mlp", "mlp hidden=[3]", "shallow_cnn", "shallow_cnn form=published depth=2", "vgg11",
    "vgg16 width=1000000 form=imagenet", "vgg11 norm=batch form=cifar shape=[3, 32, 32]",
    "resnet18", "resnet50", "resnet18 norm=group groups=2", "resnet34 norm=none",
    "resnet18 norm=layer shape=[3, 9, 9]", "resnet18 classes=1048576 width=1048576 form=imagenet",
  ]
  private static let shapes: [[Int]?] = [
    nil, nil, nil, [3, 32, 32], [3, 16, 16], [3, 64, 64], [1], [1, 1], [3, 1, 1], [1, 1, 1, 1],
    [3, 16_384, 16_384], [3, 1 << 40, 1],
  ]
  private static let map = """
    # words
    architecture resnet18 form=cifar width=2
    stages.{i}.blocks.{j}.* -> layer{i+1}.{j}.*
    conv1.* -> conv1.*
    *.gamma -> *.weight
    layer{a}.{b}.bn{c}.bias -> layer{a}.{b}.bn{c}.bias
    ignore head.*
    """
  private static let pieces = [
    "{", "}", "{i}", "{i+1}", "*", "->", " -> ", "\n", "#", "ignore ", "architecture ", "[", "]",
    "=", "é", "\u{0}", "\r\n", ".", "9999999999999999999", "-1", "shape=[3, 32, 32]", "vgg11", " ",
  ].map { Array($0.utf8) }

  /// Names may be damaged in many places, and shapes hardly in any without being noticed.
  private func damaged(_ arrays: [NamedArray], _ stream: inout RandomStream) -> [NamedArray] {
    var arrays = arrays
    for _ in 0..<stream.nextInt(below: 4) where !arrays.isEmpty {
      let place = stream.nextInt(below: arrays.count)
      let array = arrays[place]
      switch stream.nextInt(below: 9) {
      case 0: arrays.remove(at: place)
      case 1: arrays[place].name = name(&stream)
      case 2: arrays.append(array.renamed(name(&stream)))
      case 3:
        let old = Self.names[stream.nextInt(below: Self.names.count)]
        let new = Self.names[stream.nextInt(below: Self.names.count)]
        if !old.isEmpty { arrays = arrays.map { $0.renamed($0.name.replacing(old, with: new)) } }
      case 4:
        let start = Self.names[stream.nextInt(below: Self.names.count)] + "."
        arrays = arrays.map { $0.renamed(start + $0.name) }
      case 5: arrays.removeAll { $0.name.hasSuffix(Self.roles[stream.nextInt(below: 5)]) }
      default: arrays[place] = reshaped(array, &stream)
      }
    }
    return arrays
  }

  private func name(_ stream: inout RandomStream) -> String {
    Self.names[stream.nextInt(below: Self.names.count)] + "."
      + Self.roles[stream.nextInt(below: Self.roles.count)]
  }

  private func reshaped(_ array: NamedArray, _ stream: inout RandomStream) -> NamedArray {
    var shape = array.shape
    let extents = [0, 1, 2, 3, 7, 9, 64, 1 << 20, 1 << 40, 1 << 61]
    switch stream.nextInt(below: 4) {
    case 0: shape.append(extents[stream.nextInt(below: extents.count)])
    case 1 where !shape.isEmpty: shape.removeLast()
    case 2 where shape.count > 1: shape.swapAt(0, shape.count - 1)
    default:
      guard !shape.isEmpty else { break }
      shape[stream.nextInt(below: shape.count)] = extents[stream.nextInt(below: extents.count)]
    }
    let type = ElementType.allCases[stream.nextInt(below: ElementType.allCases.count)]
    // 1 MiB: what the file itself would have to hold.
    guard let size = type.byteCount(shape: shape), size <= 1 << 20 else {
      shape.append(0)
      return NamedArray(name: array.name, shape: shape, type: type, bytes: []) ?? array
    }
    let bytes = [UInt8](repeating: UInt8(stream.nextInt(below: 256)), count: size)
    return NamedArray(name: array.name, shape: shape, type: type, bytes: bytes) ?? array
  }

  /// Runs a body on case after case.
  private func fuzz(
    _ name: String, _ body: (inout RandomStream) throws -> (isRead: Bool, subject: String)
  ) rethrows {
    var stream = RandomStream(seed: 1, name: name)
    let clock = ContinuousClock()
    let begin = clock.now
    var (count, readCount) = (0, 0)
    while count < Self.cases
      || Self.seconds.map({ begin.duration(to: clock.now) < .seconds($0) }) == true
    {
      count += 1
      let start = processorTime()
      let (isRead, subject) = try body(&stream)
      if isRead { readCount += 1 }
      guard processorTime() - start < Self.slow else {
        Issue.record("\(name) case \(count) took \(processorTime() - start) s: \(subject)")
        return
      }
    }
    // So many that are still whole as tell that more than the first name was looked at.
    #expect(readCount > count / 50)
    if Self.seconds != nil { print("\(name): \(count) cases, \(readCount) of them read") }
  }

  private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  @Test func stateDictionariesAreReadOrRefused() throws {
    let corpus = try [
      "models_resnet18", "models_group", "models_vgg11_bn", "models_sequential",
      "models_sequential", "torch", "torch_pair", "models_large",
    ].map { try ArrayFile.read(Fixture.path("\($0).pt")).arrays }
    let statements = try Self.statements.map { try Architecture($0) }
    let map = try NameMap(Array(Self.map.utf8), source: "map")
    fuzz("state dictionaries") { stream in
      let arrays = damaged(corpus[stream.nextInt(below: corpus.count)], &stream)
      let shape = Self.shapes[stream.nextInt(below: Self.shapes.count)]
      let architecture =
        stream.nextInt(below: 4) > 0 ? nil : statements[stream.nextInt(below: statements.count)]
      let isMapped = stream.nextInt(below: 8) == 0
      var names: [[String]] = []
      let failure = Fixture.failure {
        let networks = try NetworkFile.networks(
          in: ArrayFile(arrays: arrays), "x", inputShape: shape, architecture: architecture,
          map: isMapped ? map : nil)
        names = networks.map(\.torchNames)
      }
      for names in names { #expect(Set(names).count == names.count) }
      let subject =
        "\(arrays.map { "\($0.name) \($0.shape)" }) \(shape ?? []) \(architecture?.text ?? "")"
      return (failure == nil, subject)
    }
  }

  @Test func mapsAreReadOrRefused() throws {
    let corpus = Array(Self.map.utf8)
    let names = try ArrayFile.read(Fixture.path("models_resnet18.pt")).arrays.map(\.name)
    fuzz("maps of names") { stream in
      var text = corpus
      for _ in 0...stream.nextInt(below: 3) {
        let place = stream.nextInt(below: text.count + 1)
        let piece = Self.pieces[stream.nextInt(below: Self.pieces.count)]
        switch stream.nextInt(below: 5) {
        case 0: text.insert(contentsOf: piece, at: place)
        case 1: text.removeSubrange(place..<min(text.count, place + stream.nextInt(below: 12)))
        case 2 where place < text.count: text[place] = UInt8(stream.nextInt(below: 256))
        case 3:
          let count = 1 << stream.nextInt(below: 9)
          text.insert(contentsOf: (0..<count).flatMap { _ in piece }, at: place)
        default: text.append(contentsOf: text[place...].prefix(60))
        }
      }
      let failure = Fixture.failure {
        let map = try NameMap(text, source: "map")
        #expect(map.names(for: names).names.count == names.count)
        _ = try map.architecture?.graph()
      }
      // What says less than `graph()` needs is whole, too.
      let isRead = failure == nil || failure?.code == .shapeMismatch
      return (isRead, String(decoding: text, as: UTF8.self))
    }
  }
}
