import TestSupport
import Testing

@testable import Kernel

@Suite struct ConvolutionFileTests {
  @Test(arguments: ["h5", "npz", "safetensors"])
  func everyLayerComesBackBitForBit(ending: String) throws {
    let folder = try TestFolder()
    for (index, one) in imageGraphs.enumerated() {
      let network = Network(
        graph: one.graph, initial: .he, from: RandomStream(seed: 1, name: one.name))
      let path = folder.file("net\(index).\(ending)")
      try NetworkFile.write([network], to: path)
      #expect(try NetworkFile.read(path) == [network], "\(one.name)")
    }
  }

  @Test(arguments: [
    (
      #""layer": "conv2d", "outputs": 2, "kernel": 6, "stride": 1, "padding": 0, "groups": 1"#,
      "follow"
    ),
    (
      #""layer": "conv2d", "outputs": 2, "kernel": 3, "stride": 1, "padding": 0, "groups": 3"#,
      "follow"
    ),
    (
      #""layer": "conv2d", "outputs": 2, "kernel": 3, "stride": 0, "padding": 0, "groups": 1"#,
      "stride"
    ),
    (
      #""layer": "conv2d", "outputs": 2, "kernel": 3, "stride": 1, "padding": 99999, "groups": 1"#,
      "padding"
    ),
    (#""layer": "conv2d", "kernel": 3, "stride": 1, "padding": 0, "groups": 1"#, "outputs"),
    (#""layer": "max_pool", "size": 6, "stride": 1"#, "follow"),
    (#""layer": "average_pool", "size": 2"#, "stride"),
    (#""layer": "add""#, "reads 1 nodes"),
    (#""layer": "linear", "outputs": 2"#, "follow"),
  ])
  func saysWhatIsWrongWithAStructure(layer: String, word: String) throws {
    let text = """
      [{"name": "input", "layer": "input", "shape": [2, 5, 5], "inputs": []},
       {"name": "odd", \(layer), "inputs": [0]},
       {"name": "flatten", "layer": "flatten", "inputs": [1]}]
      """
    let failure = #expect(throws: Failure.self) {
      try Graph(json: JSON.read(Array(text.utf8), source: "file"), source: "file")
    }
    #expect(failure?.code == .fileMalformed)
    #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")")
  }

  /// The arrays of an `nn.Sequential` with convolutions under PyTorch's names.
  private func file(_ network: Network, numbers: [Int]) -> ArrayFile {
    var file = ArrayFile()
    for (index, tensor) in network.parameters.enumerated() {
      let name = "\(numbers[index / 2]).\(index % 2 == 0 ? "weight" : "bias")"
      tensor.withBuffer {
        file.arrays.append(NamedArray(name: name, shape: tensor.shape, floats: $0))
      }
    }
    return file
  }

  @Test func shallowNetworksAreReadFromStateDictionaries() throws {
    let shape = [1, 12, 12]
    // Conv2d, ReLU, MaxPool2d, Conv2d, ReLU, MaxPool2d, Flatten, Linear; and so on.
    for (graph, numbers) in [
      (Graph.shallowCNN(inputShape: shape, width: 3, depth: 2, classes: 4), [0, 3, 7]),
      (Graph.shallowCNN(inputShape: shape, width: 3, depth: 4, classes: 4), [0, 2, 5, 7, 11]),
      (Graph.publishedShallowCNN(inputShape: shape, width: 3, classes: 4), [0, 2, 5]),
    ] {
      let network = Network(
        graph: graph, initial: .he, from: RandomStream(seed: 1, name: "dictionary"))
      let named = file(network, numbers: numbers)
      let read = try NetworkFile.networks(in: named, "file", inputShape: shape)
      #expect(read.map(\.graph) == [graph])
      #expect(read[0].parameters == network.parameters)
      // Without the shape of a sample, or with other modules between, it is not known what it is.
      for (numbers, shape) in [(numbers, nil), (numbers.map { 3 * $0 }, shape)] {
        let failure = #expect(throws: Failure.self) {
          try NetworkFile.networks(in: file(network, numbers: numbers), "file", inputShape: shape)
        }
        #expect(failure?.code == .shapeMismatch)
      }
    }
  }

  /// `Tests/Fixtures/make_shallow_cnn.py`: odd sides, so that pooling leaves a row and a column out.
  @Test func logitsAndGradientsAreThoseOfPyTorch() throws {
    let network = try NetworkFile.read(
      Fixture.path("shallow_cnn.npz"), inputShape: [2, 9, 7])[0]
    let expected = try ArrayFile.read(Fixture.path("shallow_cnn_expected.npz"))
    let inputs = try expected.array("inputs")
    let labels = try expected.array("labels").integers().map { UInt8($0) }
    let data = DataSet(
      name: "made", inputs: Tensor(shape: inputs.shape, values: inputs.floats), labels: labels,
      classCount: 4)
    func largestDifference(_ tensor: Tensor, _ name: String) throws -> Float {
      let values = try expected.array(name).floats
      return zip(tensor.values, values).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
    #expect(try largestDifference(network.logits(on: data), "logits") < 1e-6)
    let workspace = Workspace(graph: network.graph, capacity: 4, mode: .training)
    let gradient = ParameterBuffer(graph: network.graph)
    data.inputs.withBuffer { x in
      labels.withUnsafeBufferPointer { y in
        guard let x = x.baseAddress, let y = y.baseAddress else { return }
        _ = workspace.descend(
          ParameterBuffer(reading: network), input: x, labels: y, count: 6, keep: 0,
          into: gradient, dropout: nil)
      }
    }
    let names = [0, 3, 7].flatMap { ["gradient \($0).weight", "gradient \($0).bias"] }
    for (tensor, name) in zip(gradient.tensors(), names) {
      #expect(try largestDifference(tensor, name) < 1e-6, "\(name)")
    }
  }
}
