import TestSupport
import Testing

@testable import Kernel

@Suite struct NetworkFileTests {
  /// A network of this structure with random weights.
  static func network(
    _ graph: Graph = .mlp(inputShape: [1, 2, 2], hidden: [5, 3], classes: 2, dropout: 0.25),
    seed: UInt64 = 1
  ) throws -> Network {
    var stream = RandomStream(seed: seed, name: "network file")
    let parameters = graph.parameters.map { declared in
      let count = declared.shape.reduce(1, *)
      return Tensor(
        shape: declared.shape,
        values: (0..<count).map { _ in Float(stream.nextReal(in: -1, 1)) })
    }
    let facts = [
      Network.Fact("epochs", "10"), Network.Fact("lr", "0.01"), Network.Fact("epochs", "twice"),
    ]
    return try Network(graph: graph, parameters: parameters, facts: facts)
  }

  @Test(arguments: ["n.h5", "n.npz", "n.safetensors", "n.pt"], 1...3)
  func roundTripsBitForBit(name: String, count: Int) throws {
    let folder = try TestFolder()
    var networks = try (0..<count).map { try Self.network(seed: UInt64($0)) }
    // Bits that a detour over text would lose.
    networks[0].parameters[0][0] = -0.0
    networks[0].parameters[0][1] = .leastNonzeroMagnitude
    try NetworkFile.write(networks, to: folder.file(name))
    let read = try NetworkFile.read(folder.file(name))
    #expect(read == networks)
    #expect(read[0].parameters[0][0].sign == .minus)
  }

  @Test func oneNetworkIsReadByItsPlace() throws {
    let folder = try TestFolder()
    let networks = try (0..<3).map { try Self.network(seed: UInt64($0)) }
    try NetworkFile.write(networks, to: folder.file("n.h5"))
    #expect(try NetworkFile.read(folder.file("n.h5") + ":/networks/2") == [networks[1]])
  }

  // MARK: - State dictionaries

  @Test(arguments: ["sequential.safetensors", "prefixed.safetensors", "sequential.h5"])
  func understandsPyTorchsSequential(name: String) throws {
    let networks = try NetworkFile.read(Fixture.path(name))
    let network = try #require(networks.first)
    #expect(networks.count == 1)
    #expect(network.graph.widths == [4, 3, 2])
    #expect(network.graph.inputShape == [4])
    // What numpy computes with these weights for 1, 2, 3, 4; see the script of the fixtures.
    let input = Tensor(shape: [1, 4], values: [1, 2, 3, 4])
    let logits = try Self.logits(network, input)
    #expect(abs(logits[0] - 6.370527267456055) < 1e-5)
    #expect(abs(logits[1] - 3.3833165168762207) < 1e-5)
    let shaped = try NetworkFile.read(Fixture.path(name), inputShape: [1, 2, 2])
    #expect(shaped[0].graph.inputShape == [1, 2, 2])
    #expect(
      Fixture.failure { _ = try NetworkFile.read(Fixture.path(name), inputShape: [1, 28, 28]) }?
        .code == .shapeMismatch)
  }

  /// The logits by the formula, in 64 bits.
  static func logits(_ network: Network, _ input: Tensor) throws -> [Double] {
    var signal = input.values.map(Double.init)
    for layer in stride(from: 0, to: network.parameters.count, by: 2) {
      let (weights, biases) = (network.parameters[layer], network.parameters[layer + 1])
      signal = (0..<weights.shape[0]).map { row in
        signal.indices.reduce(Double(biases[row])) {
          $0 + Double(weights[row * signal.count + $1]) * signal[$1]
        }
      }
      if layer + 2 < network.parameters.count { signal = signal.map { max($0, 0) } }
    }
    return signal
  }

  @Test func layersAreOrderedByNumberAndSeveralNetworksByGroup() throws {
    let folder = try TestFolder()
    var arrays: [NamedArray] = []
    for group in ["b/", "a/"] {
      // Ten comes after two, whatever text says.
      for (number, shape) in [(10, [2, 4]), (2, [4, 3]), (0, [3, 5])] {
        arrays.append(
          NamedArray(
            name: "\(group)net.\(number).weight", shape: shape,
            doubles: [Double](repeating: group == "b/" ? 1 : 2, count: shape[0] * shape[1])))
        arrays.append(
          NamedArray(
            name: "\(group)net.\(number).bias", shape: [shape[0]],
            floats: [Float](repeating: 0, count: shape[0])))
      }
    }
    try ArrayFile(arrays: arrays).write(to: folder.file("n.npz"))
    let networks = try NetworkFile.read(folder.file("n.npz"))
    #expect(networks.map(\.graph.widths) == [[5, 3, 4, 2], [5, 3, 4, 2]])
    #expect(networks.map { $0.parameters[0][0] } == [1, 2])
  }

  /// The failure of reading a file with these arrays, by name and shape.
  private func failure(
    _ arrays: [(String, [Int])], value: Float = 1, type: ElementType = .f32
  ) throws -> Failure? {
    let folder = try TestFolder()
    let named = arrays.map { name, shape in
      let count = shape.reduce(1, *)
      return type == .f32
        ? NamedArray(name: name, shape: shape, floats: [Float](repeating: value, count: count))
        : NamedArray(name: name, shape: shape, integers: [Int](repeating: 1, count: count))
    }
    try ArrayFile(arrays: named).write(to: folder.file("n.safetensors"))
    return Fixture.failure { _ = try NetworkFile.read(folder.file("n.safetensors")) }
  }

  @Test func namesWhatIsMissingExtraOrDoesNotFit() throws {
    let good = [("0.weight", [3, 4]), ("0.bias", [3]), ("2.weight", [2, 3]), ("2.bias", [2])]
    #expect(try failure(good) == nil)
    let missing = try failure(Array(good.dropLast()))
    #expect(missing?.code == .fileMalformed)
    #expect(missing?.message.hasSuffix("lacks `2.bias`") == true)
    let extra = try failure(good + [("1.running_mean", [3])])
    #expect(extra?.message.contains("holds `1.running_mean`, which is no part") == true)
    let norm = try failure(good + [("1.weight", [3]), ("1.bias", [3])])
    #expect(norm?.message.contains("`1.weight` is 3, and the weights of a linear layer") == true)
    let prefixes = try failure(good + [("head.4.weight", [2, 2]), ("head.4.bias", [2])])
    #expect(prefixes?.message.contains("whose layers have no order") == true)
    let chain = try failure(
      [("0.weight", [3, 4]), ("0.bias", [3]), ("2.weight", [2, 5]), ("2.bias", [2])])
    #expect(chain?.code == .shapeMismatch)
    #expect(chain?.message.contains("`2.weight` takes 5 inputs, and `0.weight` gives 3") == true)
    let bias = try failure([("0.weight", [3, 4]), ("0.bias", [4])])
    #expect(bias?.message.contains("`0.bias` should be 3") == true)
    #expect(try failure(good, type: .i64)?.message.contains("whole numbers") == true)
    #expect(try failure([])?.message.contains("holds no arrays") == true)
    #expect(try failure([("x", [1])])?.code == .fileMalformed)
  }

  @Test(arguments: [Float.nan, .infinity]) func refusesWeightsThatAreNoNumbers(value: Float) throws
  {
    let failure = try failure([("0.weight", [2, 2]), ("0.bias", [2])], value: value)
    #expect(failure?.code == .notFinite)
    #expect(failure?.message.contains("`0.weight`") == true)
    let folder = try TestFolder()
    var networks = try [Self.network(seed: 1), Self.network(seed: 2)]
    networks[1].parameters[3][1] = value
    try NetworkFile.write(networks, to: folder.file("n.h5"))
    #expect(
      Fixture.failure { _ = try NetworkFile.read(folder.file("n.h5")) }?.message
        == "`\(folder.file("n.h5"))` network 2: `fc2.bias` holds a value that is not a finite "
        + "number")
  }

  // MARK: - Files of ours that lie

  /// The failure of reading a file of ours after a change.
  private func failure(changing change: (inout ArrayFile) throws -> Void) throws -> Failure? {
    let folder = try TestFolder()
    try NetworkFile.write([Self.network()], to: folder.file("n.npz"))
    var file = try ArrayFile.read(folder.file("n.npz"))
    try change(&file)
    try file.write(to: folder.file("n.npz"))
    return Fixture.failure { _ = try NetworkFile.read(folder.file("n.npz")) }
  }

  @Test func refusesFilesThatContradictThemselves() throws {
    #expect(try failure { _ in } == nil)
    #expect(
      try failure { $0.arrays.removeFirst() }?.message.contains("lacks `1.weight`")
        == true)
    #expect(
      try failure { $0.arrays[0] = $0.arrays[1].renamed($0.arrays[0].name) }?.code
        == .shapeMismatch)
    #expect(
      try failure { $0.arrays.append($0.arrays[1].renamed("networks/1/more")) }?.message
        .contains("holds `networks/1/more`, which belongs to no network") == true)
    #expect(try failure { $0.metadata["basin_version"] = "99" }?.code == .unsupportedFormat)
    #expect(
      try failure { $0.metadata["basin_kind"] = "permutations" }?.message
        .contains("holds permutations, not networks") == true)
    #expect(
      try failure { $0.metadata["networks/1/graph"] = nil }?.message
        .contains("says to hold networks, and holds none") == true)
    #expect(try failure { $0.metadata["networks/1/facts"] = #"[["a"]]"# }?.code == .fileMalformed)
  }

  @Test(arguments: [
    "", "[]", "[1]", #"[{"name":"a","layer":"relu","inputs":[]}]"#,
    #"[{"name":"a","layer":"input","shape":[2],"inputs":[0]}]"#,
    #"[{"name":"a","layer":"input","shape":[-2],"inputs":[]}]"#,
    #"[{"name":"a","layer":"input","shape":[1,2],"inputs":[]}]"#,
    #"[{"name":"a","layer":"input","shape":[2],"inputs":[]},{"name":"a","layer":"relu","inputs":[0]}]"#,
    #"[{"name":"a","layer":"input","shape":[2],"inputs":[]},{"name":"b","layer":"relu","inputs":[1]}]"#,
    #"[{"name":"a","layer":"input","shape":[2],"inputs":[]},{"name":"b","layer":"relu","inputs":[0,0]}]"#,
    #"[{"name":"a","layer":"input","shape":[2],"inputs":[]},{"name":"b","layer":"linear","outputs":0,"inputs":[0]}]"#,
    #"[{"name":"a","layer":"input","shape":[2],"inputs":[]},{"name":"b","layer":"linear","outputs":9223372036854775807,"inputs":[0]}]"#,
    #"[{"name":"a","layer":"input","shape":[2],"inputs":[]},{"name":"b","layer":"dropout","rate":1,"inputs":[0]}]"#,
    #"[{"name":"a","layer":"input","shape":[2,2],"inputs":[]},{"name":"b","layer":"linear","outputs":2,"inputs":[0]}]"#,
  ])
  func refusesStructuresThatCannotBe(graph: String) throws {
    let failure = try failure { $0.metadata["networks/1/graph"] = graph }
    #expect(failure?.code == .fileMalformed)
  }

  @Test func namesLayersItDoesNotKnow() throws {
    let failure = try failure {
      $0.metadata["networks/1/graph"] =
        #"[{"name":"a","layer":"input","shape":[2],"inputs":[]},{"name":"b","layer":"swish","inputs":[0]}]"#
    }
    #expect(failure?.code == .unsupportedFormat)
    #expect(failure?.message.hasSuffix("holds a network with a layer `swish`") == true)
  }

  /// Sizes that no memory holds ended the program.
  @Test func networksThatNobodyComputesAreRefused() throws {
    // 300 convolutions that each pad an image by 65 536 on every side, and add up to nothing sane.
    var nodes = #"{"name":"input","layer":"input","shape":[1,28,28],"inputs":[]}"#
    for index in 1...300 {
      nodes +=
        #",{"name":"c\#(index)","layer":"convolution","outputs":100000,"kernel":1,"#
        + #""stride":1,"padding":60000,"groups":1,"inputs":[\#(index - 1)]}"#
    }
    let json = try JSON.read(Array("[\(nodes)]".utf8), source: "a test")
    #expect(throws: Failure.self) { _ = try Graph(json: json, source: "a test") }
  }

  @Test func stateDictionariesOfNoSizeAreRefused() throws {
    for width in [0, 1 << 40] {
      let arrays = [
        ("0.weight", [width, width == 0 ? 1 : 0, 3, 3]), ("0.bias", [0]),
        ("2.weight", [0, width, 3, 3]), ("2.bias", [0]), ("5.weight", [10, 0]), ("5.bias", [10]),
      ].map { name, shape in
        NamedArray(
          name: name, checkedShape: shape, type: .f32,
          bytes: [UInt8](repeating: 0, count: name == "5.bias" ? 40 : 0))
      }
      #expect(throws: Failure.self) {
        _ = try NetworkFile.networks(
          in: ArrayFile(arrays: arrays, metadata: Metadata()), "a test", inputShape: [1, 28, 28],
          stop: StopSignal())
      }
    }
  }
}
