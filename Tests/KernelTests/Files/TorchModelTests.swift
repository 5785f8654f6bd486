import TestSupport
import Testing

@testable import Kernel

/// Deep networks that PyTorch wrote, with the logits that it computes; `make_torch_models.py`.
@Suite struct TorchModelTests {
  /// A file of the fixtures, the shape of its samples, how many, and what has to be stated.
  struct Model: CustomTestStringConvertible {
    var name: String
    var shape = [3, 32, 32]
    var isShapeStated = false
    var count = 2
    var architecture: String?

    var testDescription: String { name }

    func network() throws -> Network {
      try NetworkFile.read(
        Fixture.path("models_\(name).pt"), inputShape: isShapeStated ? shape : nil,
        architecture: architecture.map { try Architecture($0) })[0]
    }

    /// Numbers that the script makes, too.
    var data: DataSet {
      var values: [Float] = []
      for n in 0..<count {
        for c in 0..<shape[0] {
          for y in 0..<shape[1] {
            for x in 0..<shape[2] {
              values.append(Float((17 * n + 31 * c + 7 * y + 13 * x + x * y) % 17 - 8) / 8)
            }
          }
        }
      }
      return DataSet(
        name: "made", inputs: Tensor(shape: [count] + shape, values: values),
        labels: [UInt8](repeating: 0, count: count), classCount: 3)
    }
  }

  static let models = [
    Model(name: "resnet18"), Model(name: "large", shape: [3, 64, 64], isShapeStated: true),
    Model(name: "resnet50"), Model(name: "group", architecture: "resnet18 norm=group groups=2"),
    Model(name: "vgg11_bn"), Model(name: "vgg11", shape: [3, 224, 224], count: 1),
    Model(name: "sequential", shape: [3, 16, 16], isShapeStated: true),
  ]

  @Test(arguments: models) func logitsAreThoseOfPyTorch(model: Model) throws {
    let network = try model.network()
    #expect(network.graph.inputShape == model.shape)
    let expected = try ArrayFile.read(Fixture.path("models_logits.npz")).array(model.name)
    var data = model.data
    data = DataSet(
      name: "made", inputs: data.inputs, labels: data.labels, classCount: expected.shape[1])
    let logits = try network.logits(on: data)
    #expect(logits.shape == expected.shape)
    let size = expected.floats.map(abs).max() ?? 0
    for (ours, theirs) in zip(logits.values, expected.floats) {
      #expect(abs(ours - theirs) < 4e-6 * size, "\(ours) \(theirs)")
    }
  }

  /// What `load_state_dict(strict=True)` asks for: the same names, shapes and numbers.
  @Test(arguments: models, ["pt", "safetensors", "npz"])
  func whatIsWrittenHasTheArraysThatCame(model: Model, ending: String) throws {
    let folder = try TestFolder()
    let network = try model.network()
    let path = folder.file("back.\(ending)")
    try NetworkFile.write([network], to: path)
    let came = try ArrayFile.read(Fixture.path("models_\(model.name).pt")).arrays
    let written = try ArrayFile.read(path)
    #expect(written.arrays.count == came.count)
    for array in came {
      let wrapper = array.name.hasPrefix("module.") ? "module.".count : 0
      let back = try written.array(String(array.name.dropFirst(wrapper)))
      #expect(back.shape == array.shape)
      #expect(back.bytes == array.bytes, "\(array.name)")
    }
    #expect(try NetworkFile.read(path) == [network])
  }

  @Test func factsSayWhatWasRead() throws {
    func fact(_ name: String, of model: String) throws -> String? {
      try Self.models.first { $0.name == model }?.network().facts.last { $0.name == name }?.value
    }
    #expect(
      try fact("architecture", of: "resnet18")
        == "resnet18 width=2 norm=batch form=cifar shape=[3, 32, 32] classes=10")
    #expect(
      try fact("architecture", of: "vgg11")
        == "vgg11 width=1 norm=none form=imagenet shape=[3, 224, 224] classes=5")
    #expect(try fact(Network.assumedShapeFact, of: "resnet18") == "3x32x32, assumed")
    #expect(try fact(Network.assumedShapeFact, of: "large") == nil)
    #expect(try fact(Network.batchCountsFact, of: "resnet50") == "391")
    // torchvision's own names are those of the nodes.
    #expect(try fact(Network.torchLayersFact, of: "resnet18") == nil)
    #expect(
      try fact(Network.torchLayersFact, of: "resnet50")?.contains("layer1.0.shortcut.0") == true)
    #expect(try fact(Network.torchLayersFact, of: "resnet50")?.hasSuffix(" linear") == true)
    #expect(try fact(Network.torchLayersFact, of: "sequential") == "0 1 4 5 9 12")
  }

  @Test func networksOfOursWithBranchesHaveTheNamesOfTheirNodes() throws {
    let graph = Graph(nodes: [
      Graph.Node("input", .input(shape: [1, 4, 4]), inputs: []),
      Graph.Node("stem", .convolution(Convolution(outputs: 2, kernel: 3, padding: 1)), inputs: [0]),
      Graph.Node("again", .convolution(Convolution(outputs: 2, kernel: 1)), inputs: [1]),
      Graph.Node("sum", .add, inputs: [1, 2]), Graph.Node("mean", .globalAveragePool, inputs: [3]),
      Graph.Node("head", .linear(outputs: 2), inputs: [4]),
    ])
    let network = Network(graph: graph, initial: .he, from: RandomStream(seed: 1, name: "branch"))
    #expect(
      network.torchNames == [
        "stem.weight", "stem.bias", "again.weight", "again.bias", "head.weight", "head.bias",
      ])
    let deep = try Graph.vgg(
      depth: 11, norm: .batch, form: .cifar, inputShape: [1, 32, 32], width: 1, classes: 2)
    let vgg = Network(graph: deep, initial: .he, from: RandomStream(seed: 1, name: "vgg"))
    #expect(vgg.torchNames == deep.parameters.map(\.name))
    // AdaptiveAvgPool2d and Flatten are two modules.
    let chain = Graph(nodes: [
      Graph.Node("input", .input(shape: [1, 4, 4]), inputs: []),
      Graph.Node("conv", .convolution(Convolution(outputs: 2, kernel: 3)), inputs: [0]),
      Graph.Node("mean", .globalAveragePool, inputs: [1]),
      Graph.Node("fc", .linear(outputs: 2), inputs: [2]),
    ])
    let mean = Network(graph: chain, initial: .he, from: RandomStream(seed: 1, name: "mean"))
    #expect(mean.torchNames == ["0.weight", "0.bias", "3.weight", "3.bias"])
  }

  // MARK: - What does not fit

  /// The failure of reading the arrays of a fixture after a change.
  private func failure(
    _ name: String = "resnet18", shape: [Int]? = nil, architecture: String? = nil,
    map: String? = nil, _ change: (inout [NamedArray]) -> Void = { _ in }
  ) throws -> Failure? {
    var file = ArrayFile(arrays: try ArrayFile.read(Fixture.path("models_\(name).pt")).arrays)
    change(&file.arrays)
    let statement = try architecture.map { try Architecture($0) }
    let names = try map.map { try NameMap(Array($0.utf8), source: "names.map") }
    return Fixture.failure {
      _ = try NetworkFile.networks(
        in: file, "net.pt", inputShape: shape, architecture: statement, map: names)
    }
  }

  @Test func whatIsMissingOrTooManyIsNamed() throws {
    let missing = try failure { arrays in
      arrays.removeAll { $0.name.hasPrefix("layer4.1.") && $0.name.hasSuffix("weight") }
    }
    // The blocks are counted by their first convolutions.
    #expect(
      missing?.message
        == "`net.pt` holds a ResNet whose stages have 2, 2, 2, 1 blocks, which is not read")
    let bias = try failure { arrays in
      arrays.removeAll { $0.name.hasPrefix("layer4") && $0.name.hasSuffix("bias") }
    }
    #expect(bias?.code == .fileMalformed)
    #expect(
      bias?.message
        == "`net.pt` lacks `layer4.0.bn1.bias`, `layer4.0.bn2.bias`, `layer4.0.downsample.1.bias` "
        + "and 2 more")
    let extra = try failure { arrays in
      arrays.append(NamedArray(name: "head.weight", shape: [1], floats: [1]))
    }
    #expect(
      extra?.message == "`net.pt` holds `head.weight`, which the network does not have")
    #expect(extra?.notes.last?.contains("map=FILE.map") == true)
    let fc = try failure { $0.removeAll { $0.name == "fc.weight" } }
    #expect(fc?.message == "`net.pt` lacks `fc.weight` of `resnet18`")
  }

  @Test func shapesThatDoNotFitAreTold() throws {
    let one = try failure { arrays in
      for index in arrays.indices where arrays[index].name == "layer2.0.conv1.weight" {
        arrays[index] = NamedArray(
          name: arrays[index].name, shape: [4, 2, 1, 1], floats: [Float](repeating: 0, count: 8))
      }
    }
    #expect(one?.code == .shapeMismatch)
    #expect(
      one?.message == "`net.pt`: `layer2.0.conv1.weight` should be 4x2x3x3, and is 4x2x1x1")
    let width = try failure(architecture: "resnet18 width=4")
    #expect(width?.message.contains("`conv1.weight` should be 4x3x3x3, and is 2x3x3x3") == true)
    #expect(width?.message.contains("more do not fit") == true)
    let channels = try failure(shape: [1, 32, 32])
    #expect(channels?.message.contains("`conv1.weight` should be 2x1x3x3") == true)
    let small = try failure("vgg11_bn", shape: [3, 16, 16])
    #expect(small?.message.contains("takes sides of 32 or more") == true)
    let large = try failure("vgg11", shape: [3, 100, 100])
    #expect(large?.code == .shapeMismatch)
    let flat = try failure(shape: [784])
    #expect(flat?.message.contains("channels x height x width") == true)
    let twice = try failure(shape: [3, 64, 64], architecture: "resnet18 shape=[3, 32, 32]")
    #expect(twice?.message.contains("is stated as 3x64x64 and in") == true)
    let huge = try failure { arrays in
      arrays = arrays.map { NamedArray(name: $0.name, shape: [1 << 40, 0, 3, 3], floats: []) }
    }
    #expect(huge?.code == .shapeMismatch)
  }

  @Test func whatNamesDoNotTellIsAskedFor() throws {
    let group = try failure("group")
    #expect(group?.code == .shapeMismatch)
    #expect(
      group?.message
        == "`net.pt` does not tell which normalization `bn1` is: it has no running statistics")
    #expect(
      group?.notes
        == ["state it: `load net.pt architecture=\"resnet18 norm=group groups=8\"`"])
    let many = try failure("group", architecture: "resnet18 norm=group groups=3")
    #expect(many?.message.contains("which 3 groups do not divide") == true)
    let conv = try failure("sequential")
    #expect(
      conv?.notes.last == "with Conv2d state the shape of a sample: `load net.pt shape=[3, 32, 32]`"
    )
    #expect(try failure("sequential", shape: [3, 17, 17]) == nil)
    #expect(try failure("sequential", shape: [3, 64, 64])?.code == .shapeMismatch)
  }

  @Test func numbersThatAreNoneAreRefused() throws {
    func changed(_ name: String, _ value: Float) throws -> Failure? {
      try failure { arrays in
        for index in arrays.indices where arrays[index].name == name {
          var floats = arrays[index].floats
          floats[1] = value
          arrays[index] = NamedArray(name: name, shape: arrays[index].shape, floats: floats)
        }
      }
    }
    #expect(try changed("bn1.running_mean", .nan)?.code == .notFinite)
    #expect(
      try changed("bn1.running_var", .infinity)?.message.contains("`bn1.running_var`") == true)
    let negative = try changed("bn1.running_var", -0.5)
    #expect(negative?.code == .fileMalformed)
    #expect(
      negative?.message == "`net.pt`: `bn1.running_var` holds -0.5, and no variance is negative")
    #expect(try changed("bn1.running_var", 0) == nil)
    let whole = try failure { arrays in
      for index in arrays.indices where arrays[index].name == "bn1.bias" {
        arrays[index] = NamedArray(name: "bn1.bias", shape: [2], integers: [1, 2])
      }
    }
    #expect(whole?.message.contains("holds whole numbers") == true)
  }

  @Test func negativeVariancesInFilesOfOursAreRefused() throws {
    let folder = try TestFolder()
    var network = try Self.models[0].network()
    let place = try #require(network.graph.parameters.firstIndex { $0.role == .runningVariance })
    network.parameters[place][0] = -1
    try NetworkFile.write([network], to: folder.file("n.h5"))
    let failure = Fixture.failure { _ = try NetworkFile.read(folder.file("n.h5")) }
    #expect(
      failure?.message.hasSuffix("`bn1.running_var` holds -1.0, and no variance is negative")
        == true)
  }

  @Test func otherTypesAreConvertedAndSaid() throws {
    var file = ArrayFile(arrays: try ArrayFile.read(Fixture.path("models_resnet18.pt")).arrays)
    for index in file.arrays.indices where file.arrays[index].name.hasPrefix("bn1.running") {
      file.arrays[index] = NamedArray(
        name: file.arrays[index].name, shape: file.arrays[index].shape, doubles: [0.1, 0.2])
    }
    let network = try NetworkFile.networks(in: file, "net.pt")[0]
    #expect(network.parameter(named: "bn1.running_var")?.values == [0.1, 0.2])
    #expect(network.facts.last { $0.name == "stored as" }?.value == "f64, rounded to f32")
  }

  // MARK: - Sequential

  /// Gaps that other modules would leave, too, are not read.
  @Test(arguments: [
    ([0, 1, 4, 5, 9, 12], true), ([0, 1, 3, 4, 8, 11], false), ([0, 1, 4, 5, 8, 11], false),
    ([0, 1, 6, 7, 11, 14], false), ([1, 2, 5, 6, 10, 12], true), ([0, 2, 5, 6, 10, 13], false),
  ])
  func gapsDecide(numbers: [Int], isRead: Bool) throws {
    let old = [0, 1, 4, 5, 9, 12]
    let failure = try failure("sequential", shape: [3, 16, 16]) { arrays in
      for index in arrays.indices {
        let parts = StateDictionary.parts(arrays[index].name)
        let place = old.firstIndex { "\($0)" == parts.layer } ?? 0
        arrays[index].name = "net.\(numbers[place]).\(parts.role)"
      }
    }
    #expect((failure == nil) == isRead, "\(failure?.message ?? "read")")
  }

  @Test func perceptronsWithBatchNormAreRead() throws {
    var arrays: [NamedArray] = []
    for (number, inputs, outputs) in [(0, 4, 3), (3, 3, 2)] {
      arrays.append(
        NamedArray(
          name: "\(number).weight", shape: [outputs, inputs],
          floats: (0..<outputs * inputs).map { Float($0) / 8 - 0.5 }))
      arrays.append(
        NamedArray(
          name: "\(number).bias", shape: [outputs], floats: Array(repeating: 0.25, count: outputs)))
    }
    for (role, value) in [("weight", 2), ("bias", -1), ("running_mean", 0.5), ("running_var", 4)] {
      arrays.append(
        NamedArray(name: "1.\(role)", shape: [3], floats: Array(repeating: Float(value), count: 3)))
    }
    let network = try NetworkFile.networks(in: ArrayFile(arrays: arrays), "net.pt")[0]
    #expect(network.graph.nodes.map(\.name) == ["input", "fc1", "bn1", "relu1", "fc2"])
    #expect(network.torchNames.prefix(6).last == "1.running_var")
  }
}
