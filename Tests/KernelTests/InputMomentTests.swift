import Testing

@testable import Kernel

@Suite struct InputMomentTests {
  private let graph = Graph.mlp(inputShape: [1, 4, 5], hidden: [9, 300], classes: 3)

  private var network: Network {
    Network(graph: graph, initial: .uniform, from: RandomStream(seed: 1, name: "moments"))
  }

  /// Samples about a mean, the first feature constant.
  private func data(_ count: Int, seed: UInt64 = 2) -> DataSet {
    var stream = RandomStream(seed: seed, name: "moment data")
    let values = (0..<count * 20).map { place in
      place % 20 == 0 ? Float(-0.81) : Float(stream.nextNormalPair().0 + 2)
    }
    return DataSet(
      name: "made", inputs: Tensor(shape: [count, 1, 4, 5], values: values),
      labels: [UInt8](repeating: 0, count: count), classCount: 3)
  }

  /// E[x̃x̃ᵀ] in 64 bits, and the activations by sums written out.
  private func plainMoments(_ network: Network, _ data: DataSet, _ samples: [Int]) -> [Matrix] {
    var sums = [20, 9, 300].map { Matrix(rows: $0 + 1, columns: $0 + 1) }
    for sample in samples {
      var values = (0..<20).map { Double(data.inputs[sample * 20 + $0]) }
      for layer in 0..<3 {
        let extended = values + [1]
        for row in extended.indices {
          for column in extended.indices {
            sums[layer][row, column] += extended[row] * extended[column] / Double(samples.count)
          }
        }
        guard layer < 2 else { continue }
        let (weight, bias) = (network.parameters[2 * layer], network.parameters[2 * layer + 1])
        values = (0..<bias.count).map { unit in
          let start = unit * values.count
          let sum = values.indices.reduce(Double(bias[unit])) {
            $0 + Double(weight[start + $1]) * values[$1]
          }
          return max(0, sum)
        }
      }
    }
    return sums
  }

  private func largestDifference(_ a: Matrix, _ b: Matrix) -> Double {
    zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test func agreeWithSumsWrittenOut() throws {
    // More than a block, and no whole number of them.
    let data = data(700)
    let moments = try network.inputMoments(
      of: [2, 4, 6], on: data, pool: WorkPool(threadCount: 2))
    let expected = plainMoments(network, data, Array(0..<700))
    for (found, expected) in zip(moments, expected) {
      #expect(found.matrix.rows == expected.rows)
      #expect(largestDifference(found.matrix, expected) < 1e-5)
    }
  }

  @Test func aSubsetIsOnlyTheSubset() throws {
    let data = data(100)
    let samples = [3, 17, 98, 5]
    let moments = try network.inputMoments(of: [4], on: data, samples: samples)
    #expect(
      largestDifference(moments[0].matrix, plainMoments(network, data, samples)[1]) < 1e-5)
  }

  @Test func constantFeaturesAreExact() throws {
    let moment = try network.inputMoments(of: [2], on: data(3_000))[0].matrix
    let value = Double(Float(-0.81))
    #expect(moment[0, 20] == value)
    #expect(abs(moment[0, 0] - value * value) < 1e-15)
    #expect(moment[20, 20] == 1)
  }

  @Test func sameBitsAtAnyNumberOfThreads() throws {
    let data = data(5_000)
    let expected = try network.inputMoments(
      of: [2, 4, 6], on: data, pool: WorkPool(threadCount: 1))
    for threads in [2, 3] {
      #expect(
        try network.inputMoments(of: [2, 4, 6], on: data, pool: WorkPool(threadCount: threads))
          == expected)
    }
  }

  /// Trap 16: dropout on while moments are taken.
  @Test func dropsNothing() throws {
    let dropping = Graph.mlp(inputShape: [1, 4, 5], hidden: [9, 300], classes: 3, dropout: 0.5)
    let trained = try Network(graph: dropping, parameters: network.parameters)
    let nodes = dropping.nodes.indices.filter { dropping.nodes[$0].layer.makesUnits }
    #expect(
      try trained.inputMoments(of: nodes, on: data(100))
        == network.inputMoments(of: [2, 4, 6], on: data(100)))
  }

  @Test func stopsWhenAsked() {
    let stop = StopSignal()
    stop.raise()
    let failure = #expect(throws: Failure.self) {
      try network.inputMoments(of: [2], on: data(10), stop: stop)
    }
    #expect(failure?.code == .stopped)
  }

  @Test func namesTheLayerThatIsNotFinite() {
    var parameters = network.parameters
    parameters[0][3] = .infinity
    let broken = network.with(parameters: parameters)
    let failure = #expect(throws: Failure.self) { try broken.inputMoments(of: [4], on: data(10)) }
    #expect(failure?.code == .notFinite)
    #expect(failure?.message.contains("fc1.weight") == true)
  }

  // MARK: - What is kept

  @Test func aSecondLookTakesWhatIsKept() throws {
    let cache = InputMomentCache(byteLimit: 1 << 20)
    let data = data(60)
    let first = try cache.inputMoments(of: network, nodes: [2, 4], on: data)
    #expect(cache.count == 2)
    #expect(try network.inputMoments(of: [2, 4], on: data) == first)
    // A raised signal would throw if anything had to be computed.
    let stop = StopSignal()
    stop.raise()
    #expect(
      try cache.inputMoments(of: network, nodes: [4, 2], on: data, stop: stop) == [
        first[1], first[0],
      ])
    // Equal content is the same network, whatever memory it is in.
    let copy = network.with(
      parameters: network.parameters.map {
        Tensor(shape: $0.shape, values: $0.values)
      })
    #expect(try cache.inputMoments(of: copy, nodes: [2, 4], on: data, stop: stop) == first)
  }

  @Test func anotherNetworkSharesOnlyWhatItReadsItself() throws {
    let cache = InputMomentCache(byteLimit: 1 << 20)
    let data = data(60)
    let other = Network(graph: graph, initial: .he, from: RandomStream(seed: 7, name: "other"))
    let first = try cache.inputMoments(of: network, nodes: [2, 4], on: data)
    let second = try cache.inputMoments(of: other, nodes: [2, 4], on: data)
    #expect(cache.count == 3)
    #expect(first[0] == second[0])
    #expect(first[1] != second[1])
  }

  @Test func otherDataAndOtherSamplesAreKeptApart() throws {
    let cache = InputMomentCache(byteLimit: 1 << 20)
    let first = try cache.inputMoments(of: network, nodes: [2], on: data(60))
    let second = try cache.inputMoments(of: network, nodes: [2], on: data(60, seed: 3))
    let third = try cache.inputMoments(of: network, nodes: [2], on: data(60), samples: [1, 2])
    #expect(first != second)
    #expect(first != third)
    #expect(cache.count == 3)
  }

  @Test func whatWasNotUsedForLongestGoesFirst() throws {
    // One moment of the input takes 21 · 21 · 8 = 3 528 bytes.
    let cache = InputMomentCache(byteLimit: 8_000)
    let sets = [data(10, seed: 1), data(10, seed: 2), data(10, seed: 3)]
    for index in [0, 1, 0, 2] {
      _ = try cache.inputMoments(of: network, nodes: [2], on: sets[index])
    }
    #expect(cache.count == 2)
    #expect(cache.byteCount <= 8_000)
    let stop = StopSignal()
    stop.raise()
    _ = try cache.inputMoments(of: network, nodes: [2], on: sets[0], stop: stop)
    #expect(throws: Failure.self) {
      try cache.inputMoments(of: network, nodes: [2], on: sets[1], stop: stop)
    }
    cache.removeAll()
    #expect(cache.byteCount == 0)
  }
}
