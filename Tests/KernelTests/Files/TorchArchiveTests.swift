import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite struct TorchArchiveTests {
  private func read(_ name: String) throws -> ArrayFile { try ArrayFile.read(Fixture.path(name)) }

  private func refusal(_ name: String) -> Failure? { Fixture.failure { _ = try read(name) } }

  // MARK: - What PyTorch wrote; see make_torch_fixtures.py

  @Test(arguments: ["torch.pt", "torch_checkpoint.pt", "torch_types.pt"])
  func networksOfPyTorchGiveWhatTheyGaveThere(name: String) throws {
    let networks = try NetworkFile.read(Fixture.path(name))
    let network = try #require(networks.first)
    #expect(networks.count == 1)
    #expect(network.graph.widths == [4, 3, 2])
    let logits = try NetworkFileTests.logits(
      network, Tensor(shape: [1, 4], values: [1, 2, 3, 4]))
    // Some weights of the second lay in 16 bits.
    let tolerance = name == "torch_types.pt" ? 2e-3 : 1e-6
    #expect(abs(logits[0] + 0.32948532700538635) < tolerance)
    #expect(abs(logits[1] - 0.25376108288764954) < tolerance)
    #expect(network.facts.contains(Network.Fact(Network.torchLayersFact, "0 2")))
    let stored = network.facts.last { $0.name == "stored as" }?.value
    #expect(stored == (name == "torch_types.pt" ? "f16 f64, rounded to f32" : nil))
  }

  @Test func whatLiesBesideTheNetworkIsTold() throws {
    let file = try read("torch_checkpoint.pt")
    #expect(file.arrays.map(\.name).allSatisfy { $0.hasPrefix("module.") })
    #expect(file.arrays.count == 4)
    #expect(file.skipped == ["epoch", "optimizer", "loss", "scale"])
  }

  @Test(arguments: ["torch_pair.pt", "torch_list.pt"])
  func severalNetworksLieInADictionaryOrAList(name: String) throws {
    let networks = try NetworkFile.read(Fixture.path(name))
    #expect(networks.count == 2)
    #expect(networks[0].parameters[0][0] != 0)
    let factor: Float = name == "torch_pair.pt" ? 2 : 1
    #expect(networks[1].parameters[0][0] == factor * networks[0].parameters[0][0])
    let prefix = name == "torch_pair.pt" ? "a/" : "1/"
    #expect(try read(name).arrays[0].name == prefix + "0.weight")
  }

  @Test func viewsAndTypesComeOutAsTheyAre() throws {
    let file = try read("torch_views.pt")
    for name in ["transposed", "cut", "parameter", "brain"] {
      #expect(try file.array(name).floats == Fixture.half, "\(name)")
      #expect(try file.array(name).shape == [2, 3])
    }
    #expect(try file.array("brain").type == .bf16)
    #expect(try file.array("shared").floats == [-0.25, -0.125, 0, 0, 0])
    #expect(try file.array("column").floats == [7, 7, 7, 8, 8, 8])
    #expect(try file.array("one") == NamedArray(name: "one", shape: [], floats: [1.5]))
    #expect(try file.array("empty") == NamedArray(name: "empty", shape: [0, 4], floats: []))
    #expect(
      try file.array("bool") == NamedArray(name: "bool", shape: [2], type: .bool, bytes: [1, 0]))
    for (name, type) in [
      ("uint8", ElementType.u8), ("uint16", .u16), ("uint32", .u32), ("uint64", .u64),
      ("int8", .i8), ("int16", .i16), ("int32", .i32), ("int64", .i64),
    ] {
      let array = try file.array(name)
      #expect(array.type == type)
      #expect(try array.integers() == (type == .i64 ? [-2, -1, 97] : [1, 2, 100]))
    }
  }

  @Test(arguments: ["torch_protocol4.pt", "torch_protocol5.pt"])
  func newerProtocolsAreRead(name: String) throws {
    let file = try read(name)
    #expect(file.arrays == [NamedArray(name: "a", shape: [2, 3], floats: Fixture.half)])
    #expect(file.skipped == ["n"])
  }

  // MARK: - What is refused

  @Test(arguments: [
    ("torch_system.pt", "os.system"), ("torch_eval.pt", "builtins.eval"),
    ("torch_nested.pt", "builtins.getattr"),
  ])
  func whatWouldRunSomethingIsRefusedByName(name: String, function: String) throws {
    let path = Fixture.path(name)
    let failure = try #require(refusal(name))
    #expect(failure.code == .unsupportedFormat)
    #expect(
      failure.message
        == "`\(path)` asks for `\(function)`, which is no part of a network: nothing was run")
    #expect(failure.notes[0].contains("torch.save(model.state_dict(), \"weights.pt\")"))
    #expect(access("/tmp/basin-was-run", F_OK) != 0)
  }

  @Test func otherFilesOfPyTorchAreToldByWhatTheyAre() {
    let model = refusal("torch_model.pt")
    #expect(
      model?.message.hasSuffix(
        "holds a whole model (`torch.nn.modules.container.Sequential`) and not its weights alone: "
          + "nothing was run") == true)
    #expect(model?.notes[0].contains("torch.save(model.state_dict(), ") == true)
    #expect(refusal("torch_old.pt")?.message.contains("before version 1.6") == true)
    #expect(refusal("torch_script.pt")?.message.contains("program of TorchScript") == true)
    for name in ["torch_model.pt", "torch_old.pt", "torch_script.pt"] {
      #expect(refusal(name)?.code == .unsupportedFormat)
    }
    var tar = [UInt8](repeating: 0, count: 512)
    tar.replaceSubrange(257..<262, with: "ustar".utf8)
    #expect(
      TorchArchive.refusal(beginning: tar, source: "x")?.message.contains("before version 1.6")
        == true)
    #expect(
      TorchArchive.refusal(beginning: [0x80, 4, 0x95], source: "x")?.message
        .contains("is a pickle of Python's") == true)
  }

  /// The failure of reading a pickle over one storage of 24 bytes.
  private func refusal(of pickle: [UInt8]) -> Failure? {
    Fixture.failure {
      _ = try TorchArchive(pickle: pickle, storages: ["0": [UInt8](repeating: 0, count: 24)])
        .read(source: "x")
    }
  }

  private func refusal(
    _ shape: [Int], _ strides: [Int], offset: Int = 0, key: String = "0", count: Int = 6,
    storage: String = "torch.FloatStorage"
  ) -> Failure? {
    refusal(
      of: PickleWriter.dictionary(
        tensor: shape, strides: strides, offset: offset, key: key, count: count, storage: storage))
  }

  @Test func tensorsMustLieInTheirStorage() {
    #expect(refusal([2, 3], [3, 1]) == nil)
    #expect(refusal([3, 2], [1, 3]) == nil)
    #expect(refusal([2, 2], [3, 1], offset: 1) == nil)
    // Empty ones may begin anywhere.
    #expect(refusal([0, 2], [.max, .max], offset: .max) == nil)
    #expect(refusal([1, 6], [.max, 1]) == nil)
    #expect(refusal([1, 2, 3], [.max, 1, 2]) == nil)
    for (shape, strides, offset) in [
      ([2, 3], [3, 1], 1), ([7], [1], 0), ([2, 3], [4, 1], 0), ([2], [.max], 0),
      ([2, 2], [.max, .max], 0), ([1], [1], 6), ([1], [1], .max), ([1], [1], -1),
      ([-1], [1], 0), ([2], [-1], 1), ([2, 3], [1], 0), ([.max, .max], [0, 0], 0),
      ([1 << 40, 1 << 40], [0, 0], 0),
    ] {
      #expect(
        refusal(shape, strides, offset: offset)?.code == .fileMalformed, "\(shape) \(strides)")
    }
    #expect(refusal([7], [1], count: 7)?.message.contains("claims 7 elements") == true)
    #expect(refusal([1], [1], count: .max)?.code == .fileMalformed)
    #expect(refusal([1], [1], count: -1)?.code == .fileMalformed)
    #expect(refusal([1], [1], key: "1")?.message.contains("`data/1`, is missing") == true)
    #expect(
      refusal([7], [1])?.message
        == "`x` is damaged or cut short: `w`: shape [7] and strides [1] reach to element 6, and its "
        + "storage has 6")
    let axes = [Int](repeating: 1, count: 65)
    #expect(refusal(axes, axes)?.code == .fileMalformed)
  }

  @Test func expandedTensorsTakeNoMemoryWithoutEnd() {
    #expect(refusal([1 << 20], [0]) == nil)
    let failure = refusal([1 << 40], [0])
    #expect(failure?.code == .unsupportedFormat)
    #expect(failure?.message.contains("its arrays would take 4398046511104 with `w`") == true)
  }

  @Test func typesThatAreNotKnownAreNamed() {
    #expect(
      refusal([1], [1], storage: "torch.ComplexFloatStorage")?.message
        .hasSuffix("holds tensors that need `torch.ComplexFloatStorage`, which is not read") == true
    )
    #expect(
      refusal([1], [1], storage: "torch.storage._load_from_bytes")?.message
        .contains("asks for `torch.storage._load_from_bytes`") == true)
  }

  @Test func filesWithoutTensorsSayWhatTheyHold() {
    var writer = PickleWriter()
    writer.put(.emptyDictionary)
    writer.put(text: "epoch")
    writer.put(3)
    writer.put(.setItem, .stop)
    let failure = refusal(of: writer.bytes)
    #expect(failure?.message == "`x` holds no tensors under names, and so no network")
    #expect(failure?.notes == ["not read: epoch"])
    let bits = PickleWriter.dictionary(
      tensor: [1], strides: [1], count: 1, storage: "torch.float8_e5m2")
    #expect(refusal(of: bits)?.message.contains("need `torch.float8_e5m2`") == true)
  }

  @Test func numbersThatBeginWithTheirUpperBytesAreTurned() throws {
    let pickle = PickleWriter.dictionary(tensor: [2], strides: [1], count: 2)
    let storages: [String: [UInt8]] = ["0": [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0]]
    let archive = TorchArchive(pickle: pickle, storages: storages, isBigEndian: true)
    #expect(try archive.read(source: "x").arrays[0].floats == [1, -2])
  }

  @Test func picklesThatAreNoneAreRefused() {
    let faults: [[UInt8]] = [
      [], [0x80, 2], [0x80, 2, 0x2E], Array("N.".utf8).reversed(), Array("}a.".utf8),
      Array("NNu.".utf8), Array("(N.".utf8), Array("t.".utf8), Array("NR.".utf8),
      Array("h\u{1}.".utf8), Array("q\u{1}.".utf8), Array("NQ.".utf8), Array("(Nu.".utf8),
      Array("N(Nu.".utf8), Array("}(Nu.".utf8), Array("b.".utf8), Array("NN.".utf8),
      Array("X".utf8) + [255, 255, 255, 255], [0x8D] + [UInt8](repeating: 255, count: 8),
      [0x8B, 255, 255, 255, 127], Array("cos".utf8), Array("I1\n.".utf8), [0x82, 1, 0x2E],
      Array("ccollections\nOrderedDict\nN\u{85}R.".utf8), [0x4E, 0x4E, 0x93, 0x2E],
      Array("icollections\nOrderedDict\n.".utf8), Array("P1\n.".utf8), Array("0.".utf8),
    ]
    for pickle in faults {
      #expect(refusal(of: pickle)?.code == .fileMalformed, "\(pickle)")
    }
    let name = Array("cx".utf8) + [UInt8](repeating: UInt8(ascii: "y"), count: 5000)
    #expect(refusal(of: name)?.code == .fileMalformed)
  }

  @Test func picklesThatAreTooLongAreNotLookedAt() throws {
    let folder = try TestFolder()
    let path = folder.file("long.pt")
    let long = [UInt8](repeating: PickleOpcode.emptyList.rawValue, count: 5 << 20)
    try SafeWrite.file(at: path) { (writer) throws(Failure) in
      var zip = ZipWriter()
      try zip.add("archive/data.pkl", [long], to: &writer)
      try zip.finish(&writer)
    }
    let failure = Fixture.failure { _ = try ArrayFile.read(path) }
    #expect(failure?.code == .unsupportedFormat)
    #expect(failure?.message.hasSuffix("describes its content in more than 4194304 bytes") == true)
  }

  /// A million lists, each in the one before, or a dictionary in itself: neither is walked by calls.
  @Test func whatIsDeepOrLiesInItselfIsPassedOver() throws {
    let deep = [UInt8](repeating: PickleOpcode.emptyList.rawValue, count: 1_000_000)
    let closed = deep + [UInt8](repeating: PickleOpcode.append.rawValue, count: 999_999)
    #expect(refusal(of: closed + [PickleOpcode.stop.rawValue])?.notes == ["not read: 1"])
    var writer = PickleWriter()
    writer.put(.emptyDictionary, .memoize)
    writer.put(text: "a")
    writer.put([PickleOpcode.get.rawValue, 0])
    writer.put(.setItem, .stop)
    #expect(refusal(of: writer.bytes)?.notes == ["not read: a"])
    // Eight dictionaries, each of which holds the one before thirty times: 30⁷ in all.
    var many = PickleWriter()
    many.put(.emptyDictionary, .memoize)
    for level in 0..<8 {
      many.put(.emptyDictionary, .memoize, .mark)
      for place in 0..<30 {
        many.put(text: "\(place)")
        many.put([PickleOpcode.get.rawValue, UInt8(level)])
      }
      many.put(.setItems)
    }
    many.put([UInt8](repeating: PickleOpcode.pop.rawValue, count: 9))
    many.put([PickleOpcode.get.rawValue, 8])
    many.put(.stop)
    #expect(refusal(of: many.bytes)?.message == "`x` cannot be read: it has no end")
  }

  // MARK: - There and back

  @Test func aNetworkGoesBackUnderTheNamesItCameWith() throws {
    let folder = try TestFolder()
    let path = folder.file("back.pt")
    for name in ["torch.pt", "torch_checkpoint.pt"] {
      let network = try NetworkFile.read(Fixture.path(name))[0]
      try NetworkFile.write([network], to: path)
      let file = try ArrayFile.read(path)
      #expect(file.arrays.map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
      #expect(try NetworkFile.read(path) == [network])
    }
    let prefixed = try NetworkFile.read(Fixture.path("prefixed.safetensors"))[0]
    try NetworkFile.write([prefixed], to: path)
    #expect(try ArrayFile.read(path).arrays[0].name == "model.0.weight")
    #expect(try NetworkFile.read(path) == [prefixed])
  }

  @Test func networksOfOursAreNumberedAsTheModulesOfASequential() throws {
    let images = try NetworkFileTests.network()
    // Flatten, Linear, ReLU, Dropout, Linear, ReLU, Dropout, Linear.
    #expect(
      images.torchNames == [
        "1.weight", "1.bias", "4.weight", "4.bias", "7.weight", "7.bias",
      ])
    let flat = try NetworkFileTests.network(.mlp(inputShape: [4], hidden: [5], classes: 2))
    #expect(flat.torchNames == ["0.weight", "0.bias", "2.weight", "2.bias"])
    var renamed = flat
    renamed.facts.append(Network.Fact(Network.torchLayersFact, "only"))
    #expect(renamed.torchNames == flat.torchNames)
  }

  @Test func refusesAnArrayAndAFolderOfOneName() throws {
    let folder = try TestFolder()
    for names in [["a", "a/b"], ["a/b", "a"]] {
      let arrays = names.map { NamedArray(name: $0, shape: [6], floats: Fixture.half) }
      let failure = Fixture.failure {
        try ArrayFile(arrays: arrays).write(to: folder.file("a.pth"))
      }
      #expect(failure?.code == .writeFailed)
    }
  }
}
