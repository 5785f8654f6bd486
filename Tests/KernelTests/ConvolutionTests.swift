import TestSupport
import Testing

@testable import Kernel

@Suite struct ConvolutionTests {
  private static let places = imageGraphs.indices

  private func network(_ graph: Graph, _ seed: UInt64 = 3) -> Network {
    // Uniform, for its biases: with zero biases whole layers can sit on a rectifier's kink.
    Network(graph: graph, initial: .uniform, from: RandomStream(seed: seed, name: "convolutions"))
      .withRandomStatistics(seed: seed)
  }

  /// Twenty-one samples: more than one block of columns, the last one smaller.
  private func data(for graph: Graph, samples: Int = 21) -> DataSet {
    smallImages(samples: samples, shape: graph.inputShape, classes: 3)
  }

  @Test(arguments: places)
  func forwardAgreesWithThePlainOne(place: Int) throws {
    let (name, graph) = imageGraphs[place]
    let (network, data) = (network(graph), data(for: graph))
    let logits = try network.logits(on: data)
    let weights = network.parameters.map { $0.values.map(Double.init) }
    let features = graph.featureCount(of: 0)
    var largest = 0.0
    for sample in 0..<data.count {
      let input = (0..<features).map { Double(data.inputs[sample * features + $0]) }
      let plain = plainValues(graph, weights, input: input)[graph.nodes.count - 1]
      for (place, value) in plain.enumerated() {
        largest = max(largest, abs(value - Double(logits[sample * plain.count + place])))
      }
    }
    #expect(largest < 1e-5, "\(name)")
  }

  @Test(arguments: places)
  func gradientsAgreeWithFiniteDifferences(place: Int) {
    let (name, graph) = imageGraphs[place]
    let (network, data) = (network(graph), data(for: graph))
    let gradient = gradient(of: network, on: data)
    let weights = network.parameters.map { $0.values.map(Double.init) }
    func slope(_ parameter: Int, _ place: Int, step: Double) -> Double {
      func loss(_ shift: Double) -> Double {
        var shifted = weights
        shifted[parameter][place] += shift
        return plainLoss(of: graph, shifted, data)
      }
      return (loss(step) - loss(-step)) / (2 * step)
    }
    var largest = 0.0
    var (asked, atKinks) = (0, 0)
    for (index, tensor) in network.parameters.enumerated() {
      for place in stride(from: 0, to: tensor.count, by: max(1, tensor.count / 9)) {
        let (wide, narrow) = (slope(index, place, step: 1e-4), slope(index, place, step: 1e-5))
        asked += 1
        // Where the two disagree a rectifier or a largest number switches in between.
        if abs(wide - narrow) > 1e-6 {
          atKinks += 1
        } else {
          largest = max(largest, abs(narrow - Double(gradient[index][place])))
        }
      }
    }
    #expect(largest < 2e-5, "\(name)")
    #expect(5 * atKinks < asked, "\(name)")
  }

  /// With momentum the gradient is added to a share of what was there.
  @Test(arguments: places)
  func gradientsAreAddedToAShareOfTheOld(place: Int) {
    let graph = imageGraphs[place].graph
    let (network, data) = (network(graph), data(for: graph))
    let fresh = gradient(of: network, on: data)
    let old = self.network(graph, 4).parameters
    let added = gradient(of: network, on: data, keep: 0.5, old: old)
    for (index, tensor) in fresh.enumerated() where graph.parameters[index].role.isTrained {
      for place in 0..<tensor.count {
        #expect(abs(added[index][place] - (tensor[place] + 0.5 * old[index][place])) < 1e-5)
      }
    }
  }

  /// Batches of images go through in blocks, whose gradients add up to that of the whole.
  @Test(arguments: places)
  func gradientsOfBlocksAddUp(place: Int) {
    let graph = imageGraphs[place].graph
    guard !graph.usesBatchStatistics else { return }
    let (network, data) = (network(graph), data(for: graph))
    let (whole, blocks) = (
      gradient(of: network, on: data), gradient(of: network, on: data, capacity: 8)
    )
    for (index, tensor) in whole.enumerated() {
      for place in 0..<tensor.count {
        #expect(abs(tensor[place] - blocks[index][place]) < 1e-6)
      }
    }
  }

  @Test func sizesThatDoNotFitAreNone() {
    let image = [4, 5, 5]
    func shape(_ convolution: Convolution) -> [Int]? {
      Layer.convolution(convolution).shape(after: [image])
    }
    #expect(shape(Convolution(outputs: 6, kernel: 3, stride: 2, padding: 1)) == [6, 3, 3])
    #expect(shape(Convolution(outputs: 6, kernel: 6)) == nil)
    #expect(shape(Convolution(outputs: 6, kernel: 3, groups: 3)) == nil)
    #expect(shape(Convolution(outputs: 6, kernel: 3, groups: 4)) == nil)
    #expect(Layer.maxPool(PoolingWindow(size: 2)).shape(after: [image]) == [4, 2, 2])
    #expect(Layer.maxPool(PoolingWindow(size: 6)).shape(after: [image]) == nil)
    #expect(Layer.linear(outputs: 3).shape(after: [image]) == nil)
    #expect(Layer.add.shape(after: [image, [4, 5, 6]]) == nil)
    #expect(Layer.add.shape(after: [image]) == nil)
  }

  @Test func shallowNetworksTakeImagesOfBothUsualSizes() {
    for (shape, features) in [([1, 28, 28], 7 * 7 * 6), ([3, 32, 32], 8 * 8 * 6)] {
      for depth in [2, 4, 6, 8] {
        let graph = Graph.shallowCNN(inputShape: shape, width: 6, depth: depth, classes: 10)
        #expect(graph.axisGroups.count == depth)
        #expect(graph.parameters.last { $0.role == .weight }?.shape == [10, features])
        #expect(graph.family == .shallowCNN)
      }
    }
    // As the published code has it: 9×9 with stride 2 and padding 1, then 13×13.
    let published = Graph.publishedShallowCNN(inputShape: [3, 32, 32], width: 8, classes: 10)
    #expect(
      published.parameters.map(\.shape) == [
        [8, 3, 9, 9], [8], [8, 8, 13, 13], [8], [10, 8], [10],
      ])
    #expect(published.family == .shallowCNN)
    #expect(imageGraphs.first { $0.name == "residual" }?.graph.family == nil)
    #expect(published.widthsText == "3×32×32-8-8-10")
  }

  @Test func initialWeightsHaveTheScaleOfTheirInputs() {
    let graph = Graph.shallowCNN(inputShape: [3, 8, 8], width: 16, depth: 2, classes: 4)
    let network = Network(
      graph: graph, initial: .uniform, from: RandomStream(seed: 1, name: "scale"))
    for (index, inputs) in [(0, 27), (1, 27), (2, 144), (3, 144)] {
      let largest = network.parameters[index].values.reduce(0) { max($0, abs($1)) }
      let bound = 1 / Float(inputs).squareRoot()
      #expect(largest <= bound && largest > 0.7 * bound)
    }
  }

  private func gradient(
    of network: Network, on data: DataSet, keep: Float = 0, old: [Tensor]? = nil,
    capacity: Int? = nil
  ) -> [Tensor] {
    let workspace = Workspace(
      graph: network.graph, capacity: capacity ?? data.count, mode: .training)
    let weights = ParameterBuffer(reading: network)
    let result = ParameterBuffer(graph: network.graph)
    if let old { result.load(old) }
    data.inputs.withBuffer { inputs in
      data.labels.withUnsafeBufferPointer { labels in
        guard let x = inputs.baseAddress, let y = labels.baseAddress else { return }
        _ = workspace.descend(
          weights, input: x, labels: y, count: data.count, keep: keep, into: result, dropout: nil)
      }
    }
    return result.tensors()
  }
}
